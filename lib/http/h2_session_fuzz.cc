// Whatever a peer sends to a server or a client: nothing is read or written outside, every stream that was told of is
// told to be over or still open, and what is sent back stays in proportion to what came.
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "http/h2_message.h"

using namespace cfgproxy;
using namespace cfgproxy::http;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

struct Exchange : H2Stream {
    base::Arena arena;
    H2Head head;
    std::string payload;
    std::string_view answer;
    HeaderList trailers;
    Method method = Method::get;
    bool fresh = true, answered = false, want_answer = false, closed = false, ended = false, sent_all = false;
};

/// Answers every request with some payload and trailers; consumes what comes.
class Peer final : public H2Session::Handler {
  public:
    Peer(bool server, bool reversed) : server_(server), session(*this, server, {.reversed = reversed}) {}

    H2Stream* on_begin() override {
        require(server_);
        if (exchanges.size() > 300) return nullptr;
        exchanges.push_back(std::make_unique<Exchange>());
        return exchanges.back().get();
    }
    H2Error on_field(H2Stream& stream, std::string_view name, std::string_view value) override {
        Exchange& exchange = static_cast<Exchange&>(stream);
        require(!exchange.closed);
        if (exchange.fresh) exchange.head = H2Head();
        exchange.fresh = false;
        return exchange.head.add(exchange.arena, name, value, {}) ? H2Error::no_error : exchange.head.error();
    }
    H2Error on_fields_end(H2Stream& stream, bool end) override {
        Exchange& exchange = static_cast<Exchange&>(stream);
        require(!exchange.closed);
        exchange.fresh = true;
        if (!server_) {
            Response response;
            return exchange.head.finish(exchange.arena, response, exchange.method, end) ? H2Error::no_error
                                                                                        : H2Error::protocol_error;
        }
        Request request;
        if (!exchange.head.finish(exchange.arena, request, end))
            return exchange.answered ? H2Error::no_error : H2Error::protocol_error;
        if (!exchange.answered) exchange.want_answer = true;
        return H2Error::no_error;
    }
    void on_payload(H2Stream& stream, std::string_view bytes) override {
        Exchange& exchange = static_cast<Exchange&>(stream);
        require(!exchange.closed);
        exchange.payload.append(bytes);
        require(exchange.payload.size() <= 65535);
        if (bytes.size() % 3) {
            session.consumed(stream, exchange.payload.size());
            exchange.payload.clear();
        }
    }
    H2Error on_end(H2Stream& stream) override {
        Exchange& exchange = static_cast<Exchange&>(stream);
        require(!exchange.closed && !exchange.ended);
        exchange.ended = true;
        return H2Error::no_error;
    }
    void on_closed(H2Stream& stream, H2Error) override {
        Exchange& exchange = static_cast<Exchange&>(stream);
        require(!exchange.closed);
        exchange.closed = true;
    }
    void on_window(H2Stream* stream) override { require(!stream || !static_cast<Exchange&>(*stream).closed); }
    void on_go_away(std::int32_t) override {}
    void on_reset(H2Stream&) override {}
    void on_event(H2Event) override {}
    bool minds_glitches() override { return true; }
    H2Session::Piece next_payload(H2Stream& stream, std::size_t max) override {
        Exchange& exchange = static_cast<Exchange&>(stream);
        require(!exchange.closed && !exchange.sent_all);
        const auto now = exchange.answer.substr(0, max);
        const bool end = now.size() == exchange.answer.size();
        if (end) exchange.sent_all = true;
        return {now, end, end ? &exchange.trailers : nullptr};
    }
    void on_sent(H2Stream& stream, std::size_t bytes, bool) override {
        static_cast<Exchange&>(stream).answer.remove_prefix(bytes);
    }

    void ask(bool end) {
        auto exchange = std::make_unique<Exchange>();
        exchange->answer = kText;
        const H2Field fields[] = {{":method", "POST"}, {":scheme", "http"}, {":path", "/"}, {"x", "y"}};
        if (session.open(*exchange, fields, end)) exchanges.push_back(std::move(exchange));
    }
    void answer_all() {
        for (auto& exchange : exchanges) {
            if (!exchange->want_answer || exchange->closed) continue;
            exchange->want_answer = false;
            exchange->answered = true;
            exchange->answer = kText;
            exchange->trailers.add(exchange->arena, {"t", "r"});
            const H2Field fields[] = {{":status", "200"}, {"a", "b"}};
            session.answer(*exchange, fields, false, exchange->id() % 4 == 1);
            session.produce(out, 65536);
        }
    }

    static constexpr std::string_view kText = "some payload, long enough for windows to matter now and then";
    bool server_;
    std::vector<std::unique_ptr<Exchange>> exchanges;
    base::Buffer out;
    H2Session session;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2 || size > 20000) return 0;
    const bool server = data[0] & 1;
    const std::size_t piece = data[0] & 2 ? size : 1 + data[1];
    const bool reversed = data[0] & 8;
    Peer peer(server, reversed);
    std::string input;
    if (!(data[0] & 4)) {
        if (server != reversed) input = kPreface;
        if (server || reversed) input.append("\0\0\0\4\0\0\0\0\0", 9);
    }
    if (!server)
        for (int i = 0; i < 3; ++i) peer.ask(i == 1);
    input.append(reinterpret_cast<const char*>(data + 2), size - 2);
    for (std::size_t at = 0; at < input.size(); at += piece) {
        const std::string now = input.substr(at, piece);
        const bool going = peer.session.feed(now);
        peer.session.produce(peer.out, 65536);
        if (!going) break;
        peer.answer_all();
        for (auto& exchange : peer.exchanges)
            if (!exchange->closed && exchange->answered && !exchange->sent_all) peer.session.resume(*exchange);
        peer.session.produce(peer.out, 65536);
        require(peer.out.size() < 200000);
    }
    return 0;
}
