// What conditions cost per request; figures for people, not a test.
#include <chrono>
#include <cstdio>
#include <string>

#include "sample/condition_chain.h"
#include "sample/test_request.h"

using namespace cfgproxy::sample;

namespace {

double measure(const Condition& condition, const Context& context) {
    double best = 1e9;
    for (int round = 0; round < 5; ++round) {
        constexpr int kRuns = 100000;
        const auto start = std::chrono::steady_clock::now();
        for (int i = 0; i < kRuns; ++i) condition.test(context);
        const std::chrono::duration<double, std::nano> taken = std::chrono::steady_clock::now() - start;
        best = std::min(best, taken.count() / kRuns);
    }
    return best;
}

void bench(const char* what, const std::string& text) {
    TestRequest request(
        "GET /wp-content/uploads/2010/03/hello-kitty-darth-vader-pink.jpg?w=100 HTTP/1.1\r\nHost: www.example.com\r\n"
        "User-Agent: Mozilla/5.0 (Macintosh; U; Intel Mac OS X 10.6; ja-JP-mac)\r\nAccept: text/html,*/*;q=0.8\r\n"
        "Accept-Language: ja,en-us;q=0.7,en;q=0.3\r\nCookie: wp_ozh_wsa_visits=2; __utma=xxx; SID=a1b2\r\n\r\n");
    ParseFailure failure;
    auto condition = parse_condition(words_of("if " + text), TestScope{}, failure);
    if (!condition) {
        std::printf("%s: %s\n", what, failure.text.c_str());
        return;
    }
    std::printf("%-44s %8.1f ns\n", what, measure(*condition, request.context));
}

std::string repeated(int count, const char* before, const char* after) {
    std::string all;
    for (int i = 0; i < count; ++i) all += before + std::to_string(i) + after;
    return all;
}

/// A list of `use_backend X if { hdr(host) ... }`, of which the last one is true.
void bench_chain(const char* what, int count, const char* criterion) {
    TestRequest request("GET / HTTP/1.1\r\nHost: www" + std::to_string(count - 1) +
                        ".example.com\r\nUser-Agent: x\r\nAccept: */*\r\n\r\n");
    std::vector<std::unique_ptr<Condition>> owned;
    std::vector<const Condition*> conditions;
    for (int i = 0; i < count; ++i) {
        ParseFailure failure;
        const std::string text = "if { " + std::string(criterion) + " www" + std::to_string(i) + ".example.com }";
        owned.push_back(parse_condition(words_of(text), TestScope{}, failure));
        conditions.push_back(owned.back().get());
    }
    ConditionChain chain;
    chain.build(conditions);
    double best = 1e9;
    for (int round = 0; round < 5; ++round) {
        constexpr int kRuns = 100000;
        const auto start = std::chrono::steady_clock::now();
        for (int i = 0; i < kRuns; ++i) {
            std::size_t at = 0;
            while ((at = chain.next(request.context, at)) < conditions.size() &&
                   conditions[at]->test(request.context) != Found::yes)
                ++at;
        }
        const std::chrono::duration<double, std::nano> taken = std::chrono::steady_clock::now() - start;
        best = std::min(best, taken.count() / kRuns);
    }
    std::printf("%-44s %8.1f ns\n", what, best);
}

}  // namespace

int main() {
    bench_chain("10 rules with hdr(host) -i", 10, "hdr(host) -i");
    bench_chain("1000 rules with hdr(host) -i", 1000, "hdr(host) -i");
    bench_chain("10 rules with hdr_beg(host)", 10, "hdr_beg(host)");
    bench_chain("1000 rules with hdr_beg(host)", 1000, "hdr_beg(host)");
    bench_chain("10 rules with hdr_dom(host)", 10, "hdr_dom(host)");
    bench_chain("1000 rules with hdr_dom(host)", 1000, "hdr_dom(host)");
    bench("always_true", "TRUE");
    bench("path_beg, one", "{ path_beg /static }");
    bench("path_beg, 20", "{ path_beg " + repeated(20, "/static", " ") + "}");
    bench("path_beg -i, 20", "{ path_beg -i " + repeated(20, "/static", " ") + "}");
    bench("path_beg, 100000", "{ path_beg " + repeated(100000, "/wp-content/", "x ") + "}");
    bench("path_end -i, one", "{ path_end -i favicon.ico }");
    bench("path_end -i, 7", "{ path_end -i .ico .gif .png .css .js .svg .woff }");
    bench("path_sub, 3", "{ path_sub admin login secret }");
    bench("path_sub, 100000", "{ path_sub " + repeated(100000, "vader", "x ") + "}");
    bench("path_dir, one", "{ path_dir uploads2 }");
    bench("path_reg, one", "{ path_reg ^/api/v[0-9]+/ }");
    bench("path_reg, one, backtracking", "{ path_reg \\.(gif|png|css)$ }");
    bench("hdr(host) -i, one", "{ hdr(host) -i static.example.com }");
    bench("hdr(host) -i, 100000", "{ hdr(host) -i " + repeated(100000, "www", ".example.com ") + "}");
    bench("cook(SID) -m found", "{ cook(SID) -m found }");
    bench("src, one network", "{ src 10.0.0.0/8 }");
    bench("src, 10000 networks", "{ src " + repeated(100, "10.", ".0.0/16 ") + repeated(255, "11.1.", ".0/24 ") + "}");
    bench("method GET", "METH_POST");
    bench("40 x path_beg", repeated(40, "!{ path_beg /static", " } "));
    bench("40 x path_reg", repeated(40, "!{ path_reg ^/api", "/[a-z]+ } "));
}
