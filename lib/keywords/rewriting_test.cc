// Whatever rules do to the fields of a message: what is sent parses back to what they made of it.
#include <catch2/catch.hpp>

#include <random>

#include "http/h1.h"
#include "keywords/load_test.h"
#include "model/rule.h"

using namespace cfgproxy;

namespace {

class Chance {
  public:
    explicit Chance(unsigned seed) : engine_(seed) {}
    std::size_t below(std::size_t n) { return engine_() % n; }
    template <class T, std::size_t N>
    const T& one_of(const T (&all)[N]) {
        return all[below(N)];
    }

  private:
    std::mt19937 engine_;
};

constexpr const char* kNames[] = {"x-a", "x-b", "X-Long-Name", "cookie", "accept", "via", "user-agent"};
constexpr const char* kTexts[] = {"plain",
                                  "a,b, c",
                                  "\\\" quoted \\\"",
                                  "%[str(x)]",
                                  "\\ blank\\ ends\\ ",
                                  "tab\\\tinside",
                                  "q=0.5;x=\\\"1\\\"",
                                  "\\xe4\\xf6\\xfc",
                                  "%[method]",
                                  "%[src]",
                                  "{}[]()<>@:/?=",
                                  "--\\ ,\\ ,--"};

/// A random rule on fields, as it stands in a file.
std::string rule(Chance& chance, const char* word) {
    const std::string name = chance.one_of(kNames), text = chance.one_of(kTexts);
    const std::string value = "\"" + text + "\"";
    switch (chance.below(5)) {
        case 0:
            return std::string(word) + " set-header " + name + " " + value + "\n";
        case 1:
            return std::string(word) + " add-header " + name + " " + value + "\n";
        case 2:
            return std::string(word) + " del-header " + name + "\n";
        case 3:
            return std::string(word) + " replace-header " + name + " (.*) " + value + "\n";
        default:
            return std::string(word) + " replace-value " + name + " [a-m]* " + value + "\n";
    }
}

void add_fields(Chance& chance, base::Arena& arena, http::HeaderList& headers) {
    constexpr std::string_view kValues[] = {"1", "text/html, */*;q=0.1", "\"a\\\"b\"", "", "a , b,,c"};
    headers.add(arena, "host", "www.example.com");
    for (std::size_t i = chance.below(6); i > 0; --i)
        headers.add(arena, arena.copy(base::lower(chance.one_of(kNames))), chance.one_of(kValues));
}

std::string fields_of(const http::HeaderList& headers) {
    std::string all;
    for (const http::Header& h : headers) all.append(h.name).append(": ").append(base::trim(h.value)).append("\n");
    return all;
}

void run(const model::RuleSet& rules, model::RuleContext& context) {
    std::size_t from = 0;
    REQUIRE(model::run_rules(rules, context, from) == model::Verdict::next);
}

}  // namespace

TEST_CASE("what rules make of fields parses back to the same") {
    for (unsigned seed = 0; seed < 300; ++seed) {
        Chance chance(seed);
        std::string text = "frontend f\n bind :80\n";
        for (std::size_t i = 1 + chance.below(8); i > 0; --i)
            text += rule(chance, chance.below(2) ? " http-request" : " http-response");
        INFO(text);
        const auto loaded = keywords::load(keywords::quiet(text));
        INFO(keywords::messages(loaded));
        REQUIRE(loaded.config);
        const model::Proxy& proxy = *loaded.config->proxies[0];
        base::Arena arena;
        model::RuleContext context;
        context.arena = context.session_arena = &arena;
        context.frontend = context.backend = &proxy;
        context.request_complete = context.response_complete = true;
        context.src = *net::Address::parse_ip("192.0.2.1");
        http::Request request;
        request.method = http::Method::get;
        request.method_text = "GET";
        request.target = "/a/b";
        request.version = "HTTP/1.1";
        add_fields(chance, arena, request.headers);
        context.request = &request;
        run(proxy.http_request, context);
        base::Buffer out;
        http::write_head(out, request);
        http::H1HeadParser parser;
        std::string bytes(out.view());
        REQUIRE(parser.feed(bytes.data(), static_cast<std::uint32_t>(bytes.size()), {}, arena) ==
                http::ParseState::done);
        http::Request again;
        REQUIRE(parser.finish(bytes.data(), arena, again));
        CHECK(parser.length() == bytes.size());
        CHECK(fields_of(again.headers) == fields_of(request.headers));
        CHECK(again.target == request.target);

        http::Response response;
        response.status = 200;
        add_fields(chance, arena, response.headers);
        context.response = &response;
        run(proxy.http_response, context);
        base::Buffer response_out;
        http::write_head(response_out, response);
        parser.reset(true);
        std::string response_bytes(response_out.view());
        REQUIRE(parser.feed(response_bytes.data(), static_cast<std::uint32_t>(response_bytes.size()), {}, arena) ==
                http::ParseState::done);
        http::Response response_again;
        REQUIRE(parser.finish(response_bytes.data(), arena, response_again, http::Method::get));
        CHECK(fields_of(response_again.headers) == fields_of(response.headers));
    }
}
