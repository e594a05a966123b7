#include <charconv>
#include <cstring>

#include "log/date.h"
#include "log/encode.h"
#include "log/lines.h"

namespace cfgproxy::log {

namespace {

/// Gathers the many short pieces of a line, so that the string is appended to a few times only. Written out by hand
/// and not as compiled formats, for these lines are what a busy proxy prints all day: more than twice as fast.
/// log_test holds each against its format.
class Line {
  public:
    explicit Line(std::string& out) : out_(out) {}
    Line(const Line&) = delete;
    Line& operator=(const Line&) = delete;
    ~Line() { flush(); }

    Line& operator<<(char c) {
        *room(1) = c;
        ++at_;
        return *this;
    }
    Line& operator<<(std::string_view text) {
        if (text.size() > sizeof buffer_) {
            flush();
            out_ += text;
            return *this;
        }
        if (text.empty()) return *this;
        std::memcpy(room(text.size()), text.data(), text.size());
        at_ += text.size();
        return *this;
    }
    template <class Integer>
    requires std::is_integral_v<Integer> Line& operator<<(Integer value) {
        char* to = room(24);
        at_ += std::to_chars(to, to + 24, value).ptr - to;
        return *this;
    }
    /// "-" for nothing; ends at a NUL.
    Line& word(std::string_view text) { return text.empty() ? *this << '-' : *this << text; }
    Line& ip(const net::Address& address) {
        if (address.family() == AF_UNSPEC) return *this << '-';
        at_ += address.write_ip(room(64));
        return *this;
    }
    Line& port(const net::Address& address, const Record& record) {
        if (address.family() == AF_UNSPEC) return *this << '-';
        return *this << (address.family() == AF_UNIX ? record.bind_id : std::uint32_t{address.port()});
    }
    Line& local_date(std::uint64_t wall_us) {
        char* to = room(32);
        at_ += write_local_ms(to, wall_us) - to;
        return *this;
    }
    Line& encoded(std::string_view text, Encoding encoding) {
        if (clean_length(text, encoding) == text.size()) return *this << text;
        flush();
        append_encoded(out_, text, encoding);
        return *this;
    }
    Line& plus_if(bool condition) { return condition ? *this << '+' : *this; }

    std::string& flush() {
        out_.append(buffer_, at_);
        at_ = 0;
        return out_;
    }

  private:
    char* room(std::size_t bytes) {
        if (at_ + bytes > sizeof buffer_) flush();
        return buffer_ + at_;
    }
    std::string& out_;
    std::size_t at_ = 0;
    char buffer_[512];
};

/// " {a|b}", nothing if the frontend captures nothing.
void put_captures(Line& line, const std::string_view* captures, std::uint32_t count) {
    if (!captures || count == 0) return;
    line << ' ' << '{';
    for (std::uint32_t i = 0; i < count; ++i) {
        if (i > 0) line << '|';
        line.encoded(captures[i], Encoding::capture);
    }
    line << '}';
}

/// The list of clf lines: "a" "b".
void put_capture_list(Line& line, const std::string_view* captures, std::uint32_t count) {
    if (!captures) return;
    for (std::uint32_t i = 0; i < count; ++i)
        (line << std::string_view(" \"")).encoded(captures[i], Encoding::capture) << '"';
}

void put_connections(Line& line, const Record& r, char between) {
    line << r.active_connections << between << r.frontend_connections << between << r.backend_connections << between
         << r.server_connections << between;
    line.plus_if(r.redispatched) << r.retries;
}

void put_names(Line& line, const Record& r) {
    line << r.frontend_name << std::string_view(r.frontend_ssl ? "~ " : " ");
    line.word(r.backend_name) << '/';
    line.word(r.server_name) << ' ';
}

std::string_view request_line(const Record& r) {
    return r.request_line.empty() ? std::string_view("<BADREQ>") : r.request_line;
}

void put_client(Line& line, const Record& r) {
    line.ip(r.client) << ':';
    line.port(r.client, r) << std::string_view(" [");
}

void put_quoted(Line& line, std::string_view text) { line << '"' << text << '"'; }

}  // namespace

void append_http_line(const Record& r, std::string& out) {
    Line line(out);
    put_client(line, r);
    line.local_date(r.request_wall_us) << std::string_view("] ");
    put_names(line, r);
    line << r.request_ms << '/' << r.queue_ms << '/' << r.connect_ms << '/' << r.response_ms << '/';
    line.plus_if(r.unfinished) << r.active_ms << ' ' << r.status << ' ';
    line.plus_if(r.unfinished) << r.bytes_to_client << ' ';
    line.word(r.cookie) << ' ';
    line.word(r.set_cookie) << ' ' << std::string_view(r.termination, 4) << ' ';
    put_connections(line, r, '/');
    line << ' ' << r.server_queue << '/' << r.backend_queue;
    put_captures(line, r.request_captures, r.request_capture_count);
    put_captures(line, r.response_captures, r.response_capture_count);
    line << std::string_view(" \"");
    line.encoded(request_line(r), Encoding::uri) << '"';
}

void append_tcp_line(const Record& r, std::string& out) {
    Line line(out);
    put_client(line, r);
    line.local_date(r.accept_wall_us) << std::string_view("] ");
    put_names(line, r);
    line << r.queue_ms << '/' << r.connect_ms << '/';
    line.plus_if(r.unfinished) << r.total_ms << ' ';
    line.plus_if(r.unfinished) << r.bytes_to_client << ' ' << std::string_view(r.termination, 2) << ' ';
    put_connections(line, r, '/');
    line << ' ' << r.server_queue << '/' << r.backend_queue;
}

void append_clf_line(const Record& r, std::string& out) {
    Line line(out);
    line.ip(r.client) << std::string_view(" - - [");
    append_gmt(line.flush(), r.request_wall_us);
    line << std::string_view("] \"");
    line.encoded(request_line(r), Encoding::uri) << std::string_view("\" ") << r.status << ' ';
    line.plus_if(r.unfinished) << r.bytes_to_client << std::string_view(" \"\" \"\" ");
    if (r.client.family() == AF_UNSPEC)
        put_quoted(line, {});
    else
        line.port(r.client, r);
    const auto ms = static_cast<unsigned>(r.accept_wall_us / 1000 % 1000);
    line << ' ' << static_cast<char>('0' + ms / 100) << static_cast<char>('0' + ms / 10 % 10)
         << static_cast<char>('0' + ms % 10) << std::string_view(" \"") << r.frontend_name
         << std::string_view(r.frontend_ssl ? "~\" \"" : "\" \"") << r.backend_name << std::string_view("\" \"")
         << r.server_name << std::string_view("\" ");
    line << r.request_ms << ' ' << r.queue_ms << ' ' << r.connect_ms << ' ' << r.response_ms << ' ';
    line.plus_if(r.unfinished) << r.active_ms << ' ' << std::string_view(r.termination, 4) << ' ';
    put_connections(line, r, ' ');
    line << ' ' << r.server_queue << ' ' << r.backend_queue << ' ';
    put_quoted(line, r.cookie);
    line << ' ';
    put_quoted(line, r.set_cookie);
    put_capture_list(line, r.request_captures, r.request_capture_count);
    put_capture_list(line, r.response_captures, r.response_capture_count);
    if (r.response_capture_count == 0 || !r.response_captures) line << ' ';
}

void append_connect_line(const Record& r, std::string& out) {
    Line line(out);
    if (r.client.is_ip()) {
        line << std::string_view("Connect from ");
        line.ip(r.client) << ':' << r.client.port() << std::string_view(" to ");
        if (r.frontend_address.family() == AF_UNSPEC)
            line << std::string_view("undetermined address");
        else
            line.ip(r.frontend_address);
        line << ':' << r.frontend_address.port();
    } else if (r.client.family() == AF_UNIX) {
        line << std::string_view("Connect to unix:") << r.bind_id;
    } else {
        line << std::string_view("Connect from unknown source to listener ") << r.bind_id;
    }
    line << std::string_view(" (") << r.frontend_name << std::string_view(r.http ? "/HTTP)" : "/TCP)");
}

void append_error_line(const Record& r, std::string& out) {
    Line line(out);
    if (r.client.family() == AF_UNSPEC)
        line << std::string_view("unknown [");
    else
        put_client(line, r);
    line.local_date(r.accept_wall_us) << std::string_view("] ") << r.frontend_name << '/';
    if (r.bind_name.empty())
        line << r.bind_id;
    else
        line << r.bind_name;
    line << std::string_view(": ") << r.error;
}

void append_line(const model::Options& options, const Record& record, std::string& out) {
    if (options.clf_log && record.http)
        append_clf_line(record, out);
    else if (options.httplog && record.http)
        append_http_line(record, out);
    else if (options.httplog || options.tcplog)
        append_tcp_line(record, out);
    else
        append_connect_line(record, out);
}

}  // namespace cfgproxy::log
