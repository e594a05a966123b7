#include "engine/mailer.h"

#include <unistd.h>

#include <array>
#include <ctime>

#include "base/host.h"

namespace cfgproxy::engine {
namespace {

struct Mail {
    std::int64_t patience_ms = 0;
    std::string host, from, to, text;
    std::time_t date = 0;
};

/// RFC 5322, section 3.3, in UTC.
std::string date_text(std::time_t date) {
    char text[64];
    std::tm parts{};
    gmtime_r(&date, &parts);
    return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %T +0000 (UTC)", &parts)};
}

std::string message(const Mail& mail) {
    return "From: " + mail.from + "\r\nTo: " + mail.to + "\r\nDate: " + date_text(mail.date) +
           "\r\nSubject: [HAProxy Alert] " + mail.text + "\r\n\r\n" + mail.text + "\r\n\r\n.\r\n";
}

/// The dialogue of RFC 5321: behind an answer that begins so, that is said.
struct Turn {
    std::string_view answer;
    std::string (*say)(const Mail& mail);
};
constexpr std::array<Turn, 7> kTurns{{
    {"220 ", [](const Mail& mail) { return "HELO " + mail.host + "\r\n"; }},
    {"250 ", [](const Mail& mail) { return "MAIL FROM:<" + mail.from + ">\r\n"; }},
    {"250 ", [](const Mail& mail) { return "RCPT TO:<" + mail.to + ">\r\n"; }},
    {"250 ", [](const Mail&) { return std::string("DATA\r\n"); }},
    {"354 ", message},
    {"250 ", [](const Mail&) { return std::string("QUIT\r\n"); }},
    {"221 ", [](const Mail&) { return std::string(); }},
}};

constexpr std::size_t kMostWaiting = 1000;

}  // namespace

/// What goes to one mailer.
class Mailer::Delivery final : private net::ConnectionOwner, private net::Timer {
  public:
    Delivery(net::Loop& loop, const net::Address& address) : loop_(loop), address_(address) {}
    bool goes_to(const net::Address& address) const { return address_ == address; }
    void add(Mail mail) {
        if (waiting_.size() >= kMostWaiting) return;
        waiting_.push_back(std::move(mail));
        if (!connection_ && !resting_) begin();
    }

  private:
    void begin() {
        resting_ = false;
        turn_ = 0;
        in_.clear();
        out_.clear();
        int error = 0;
        const int fd = net::Connection::open_socket(address_, error);
        if (fd < 0) return finish();
        connection_ = std::make_unique<net::Connection>(loop_, fd);
        connection_->set_owner(this);
        Timer::set(loop_, loop_.now_ms() + static_cast<std::uint64_t>(waiting_.front().patience_ms));
        if (connection_->start_connect(address_.raw(), address_.length()) == net::Io::failed) return finish();
        connection_->watch();
        work();
    }

    void on_io(net::Connection&) override { work(); }
    void on_timer() override {
        if (!resting_) return finish();
        resting_ = false;
        if (!waiting_.empty()) begin();
    }

    /// This one is done with, be it delivered or not; the next one follows when the loop comes round.
    void finish() {
        if (connection_) connection_->close();
        old_ = std::move(connection_);  // it may be calling us
        waiting_.pop_front();
        resting_ = true;
        Timer::set(loop_, loop_.now_ms());
    }

    void work() {
        if (!connection_) return;
        if (connection_->connecting()) {
            const net::Io io = connection_->finish_connect();
            if (io == net::Io::again) return;
            if (io != net::Io::ok) return finish();
        }
        for (;;) {
            if (!send()) return;
            base::Buffer buffer;
            const net::Io io = connection_->receive(buffer);
            if (io == net::Io::again) return;
            if (io != net::Io::ok) return finish();
            in_ += buffer.view();
            while (take_answer())
                if (!connection_) return;
        }
    }

    /// False: nothing more can be done now.
    bool send() {
        while (!out_.empty()) {
            iovec piece{out_.data(), out_.size()};
            std::size_t sent = 0;
            const net::Io io = connection_->send(&piece, 1, sent);
            out_.erase(0, sent);
            if (io == net::Io::failed) finish();
            if (io != net::Io::ok) return false;
        }
        return true;
    }

    /// A line that ends an answer ("250-" would go on). False: there is none yet.
    bool take_answer() {
        const std::size_t end = in_.find('\n');
        if (end == in_.npos) return false;
        const std::string line = in_.substr(0, end);
        in_.erase(0, end + 1);
        if (line.size() > 3 && line[3] == '-') return true;
        if (!line.starts_with(kTurns[turn_].answer)) {
            finish();
            return true;
        }
        out_ += kTurns[turn_].say(waiting_.front());
        if (++turn_ == kTurns.size())
            finish();
        else
            send();
        return true;
    }

    net::Loop& loop_;
    net::Address address_;
    std::deque<Mail> waiting_;  ///< the first one is being sent
    std::unique_ptr<net::Connection> connection_, old_;
    std::size_t turn_ = 0;
    std::string in_, out_;
    bool resting_ = false;  ///< between two mails
};

Mailer::Mailer() = default;
Mailer::~Mailer() = default;

void Mailer::stop() { deliveries_.clear(); }

void Mailer::tell(net::Loop& loop, const model::Proxy& proxy, int level, std::string_view text) {
    const model::EmailAlert& alert = proxy.email_alert;
    if (!alert.is_complete() || level > alert.level || !alert.section) return;
    if (text.ends_with('.')) text.remove_suffix(1);
    Mail mail{.patience_ms = alert.section->timeout_ms,
              .host = std::string(alert.host.empty() ? base::host_name() : std::string_view(alert.host)),
              .from = alert.from,
              .to = alert.to,
              .text = std::string(text),
              .date = static_cast<std::time_t>(loop.wall_us() / 1000000)};
    for (const model::Mailers::Mailer& mailer : alert.section->mailers) {
        net::Address address = mailer.endpoint.ip;
        if (!address.is_ip()) continue;
        if (address.port() == 0) address.set_port(mailer.endpoint.port_low);
        Delivery* delivery = nullptr;
        for (const auto& known : deliveries_)
            if (known->goes_to(address)) delivery = known.get();
        if (!delivery) {
            deliveries_.push_back(std::make_unique<Delivery>(loop, address));
            delivery = deliveries_.back().get();
        }
        delivery->add(mail);
    }
}

}  // namespace cfgproxy::engine
