// How long the parser needs for a usual browser's request and a usual answer; figures for people, not a test.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "http/h1.h"

using namespace cfgproxy;
using namespace cfgproxy::http;

namespace {

constexpr std::string_view kRequest =
    "GET /wp-content/uploads/2010/03/hello-kitty-darth-vader-pink.jpg HTTP/1.1\r\n"
    "Host: www.example.com\r\n"
    "User-Agent: Mozilla/5.0 (Macintosh; U; Intel Mac OS X 10.6; ja-JP-mac) Gecko/20100401 Firefox/3.6.3\r\n"
    "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n"
    "Accept-Language: ja,en-us;q=0.7,en;q=0.3\r\n"
    "Accept-Encoding: gzip,deflate\r\n"
    "Connection: keep-alive\r\n"
    "Cookie: wp_ozh_wsa_visits=2; __utma=xxxxxxxxx.xxxxxxxxxx.xxxxxxxx; __utmz=xx.utmccn=(refer)\r\n\r\n";

constexpr std::string_view kResponse =
    "HTTP/1.1 200 OK\r\n"
    "Server: nginx/1.22.1\r\n"
    "Date: Mon, 23 Nov 2026 14:46:15 GMT\r\n"
    "Content-Type: text/html; charset=utf-8\r\n"
    "Content-Length: 12345\r\n"
    "Last-Modified: Fri, 20 Nov 2026 10:00:00 GMT\r\n"
    "ETag: \"65b0-3039\"\r\n"
    "Accept-Ranges: bytes\r\n\r\n";

int runs = 100000;

/// Nanoseconds per run, the best of five rounds.
template <class Once>
double measure(Once once) {
    double best = 1e9;
    for (int round = 0; round < 5; ++round) {
        const auto start = std::chrono::steady_clock::now();
        for (int i = 0; i < runs; ++i) once();
        const std::chrono::duration<double, std::nano> taken = std::chrono::steady_clock::now() - start;
        best = std::min(best, taken.count() / runs);
    }
    return best;
}

void report(const char* what, std::size_t bytes, double ns) {
    std::printf("%-34s %4zu bytes %7.0f ns %6.0f MB/s\n", what, bytes, ns, static_cast<double>(bytes) * 1000 / ns);
}

template <class Message, class... More>
void bench(const char* name, std::string_view sample, More... more) {
    constexpr bool kResponseSide = sizeof...(More) > 0;
    char text[1024];
    base::Arena arena;
    H1HeadParser parser(kResponseSide);
    Message message;
    base::Buffer out;
    const auto size = static_cast<std::uint32_t>(sample.size());
    const auto prepare = [&] {
        std::memcpy(text, sample.data(), sample.size());
        arena.reset();
        parser.reset(kResponseSide);
    };
    char label[64];
    const auto part = [&](const char* what, auto once) {
        std::snprintf(label, sizeof label, "%s: %s", name, what);
        report(label, sample.size(), measure(once));
    };
    part("copy and reset only", prepare);
    part("feed", [&] {
        prepare();
        parser.feed(text, size, {}, arena);
    });
    part("feed, finish", [&] {
        prepare();
        parser.feed(text, size, {}, arena);
        parser.finish(text, arena, message, more...);
    });
    part("feed, finish, write", [&] {
        prepare();
        parser.feed(text, size, {}, arena);
        parser.finish(text, arena, message, more...);
        out.clear();
        write_head(out, message);
    });
    part("feed in 16 byte pieces, finish", [&] {
        prepare();
        for (std::uint32_t have = 16; parser.feed(text, std::min(have, size), {}, arena) == ParseState::more;)
            have += 16;
        parser.finish(text, arena, message, more...);
    });
}

}  // namespace

/// An argument is the number of runs per round: few of them for callgrind.
int main(int argc, char** argv) {
    if (argc > 1) runs = std::atoi(argv[1]);
    bench<Request>("request", kRequest);
    bench<Response>("response", kResponse, Method::get);
}
