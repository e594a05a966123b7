// Whatever a FastCGI application sends: the same is made of it in one piece and in several, and the head of its answer
// is read or refused without touching what is not there.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "http/fcgi.h"
#include "http/h1.h"

using namespace cfgproxy;
using namespace cfgproxy::http;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

struct Told final : FcgiReader::Handler {
    std::string text, output;

    void on_value(std::string_view name, std::string_view value) override {
        text.append("v").append(name).append("=").append(value);
    }
    void on_values_end() override { text += "V"; }
    void on_output(std::uint16_t id, std::string_view bytes) override {
        output.append(bytes);
        if (bytes.empty()) text += "o" + std::to_string(id);
    }
    void on_error_text(std::uint16_t id, std::string_view bytes) override {
        require(!bytes.empty() && bytes.size() <= 50);
        text.append("e" + std::to_string(id)).append(bytes);
    }
    void on_end(std::uint16_t id, FcgiEnd end) override {
        text += "E" + std::to_string(id) + ":" + std::to_string(static_cast<int>(end));
    }
};

void read_head(std::string text) {
    base::Arena arena;
    H1HeadParser parser;
    parser.reset_cgi();
    Request request;
    Response response;
    if (parser.feed(text.data(), static_cast<std::uint32_t>(text.size()), {}, arena) != ParseState::done) return;
    require(parser.length() <= text.size());
    if (!parser.finish_cgi(text.data(), arena, response, Method::get, true)) {
        require(parser.error().status == 502);
        return;
    }
    base::Buffer out;
    write_head(out, response);
    require(!out.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data + 2), size - 2);
    Told whole, pieces;
    FcgiReader one(whole, 50), two(pieces, 50);
    if (data[0] & 1) one.expect_values(), two.expect_values();
    const bool sound = one.feed(bytes);
    const std::size_t piece = data[1] % 40 + 1u;
    for (std::size_t at = 0; at < bytes.size() && two.feed(bytes.substr(at, piece)); at += piece) {
    }
    require(two.failed() == !sound && whole.text == pieces.text && whole.output == pieces.output);
    read_head(data[0] & 2 ? whole.output : std::string(bytes));
    std::string_view rest = bytes, name, value;
    while (take_fcgi_parameter(rest, name, value)) require(name.size() + value.size() <= bytes.size());
    return 0;
}
