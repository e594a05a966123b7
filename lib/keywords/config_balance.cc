// Which server gets a request: balance, hash-type, cookie (manual 2.6 section 4.2).
#include "config/sections.h"
#include "keywords/setters.h"

namespace cfgproxy::keywords {
namespace {

using model::Algorithm;
using model::Balance;
using model::CookieSettings;

/// NAME of "rdp-cookie(NAME)", or `standard` without parentheses; empty if it is neither.
std::string_view rdp_cookie_name(std::string_view word, std::string_view standard) {
    word.remove_prefix(std::string_view("rdp-cookie").size());
    if (word.empty()) return standard;
    if (word.front() != '(') return {};
    const auto end = word.find(')');
    return end == word.npos ? std::string_view{} : word.substr(1, end - 1);
}

/// What gives the RDP cookie of that name; null after a report.
std::shared_ptr<const sample::Expression> rdp_cookie(Parser& parser, std::string_view name) {
    std::string error;
    const std::string text = "req.rdp_cookie(" + std::string(name) + ")";
    auto expression = parser.keep<const sample::Expression>(parser.expression({text, parser.place()}, error));
    if (!expression) parser.alert(parser.words().back(), "invalid name of an RDP cookie: " + error);
    return expression;
}

/// Reads what stands behind one algorithm; `name` is its word. False after a report.
class BalanceReader {
  public:
    BalanceReader(Parser& parser, Balance& balance) : parser_(parser), balance_(balance) {}

    bool read() {
        std::string_view name = parser_.arg(0);
        balance_.set = true;
        struct Plain {
            std::string_view name;
            Algorithm algorithm;
        };
        constexpr Plain kPlain[] = {
            {"first", Algorithm::first},   {"leastconn", Algorithm::leastconn}, {"roundrobin", Algorithm::roundrobin},
            {"source", Algorithm::source}, {"static-rr", Algorithm::static_rr}, {"sticky", Algorithm::sticky},
            {"", Algorithm::roundrobin}};
        for (const Plain& row : kPlain) {
            if (row.name != name) continue;
            balance_.algorithm = row.algorithm;
            return true;
        }
        if (name.starts_with("random")) return read_random(name);
        if (name == "uri") return read_uri();
        if (name == "url_param") return read_url_param();
        if (name.starts_with("hdr(")) return read_header(name);
        if (name == "hash") return read_hash();
        if (name == "log-hash") return read_log_hash();
        if (name.starts_with("rdp-cookie")) return read_rdp_cookie(name);
        return fail(0,
                    "only supports 'roundrobin', 'static-rr', 'leastconn', 'source', 'uri', 'url_param', "
                    "'hdr(name)' and 'rdp-cookie(name)' options.");
    }

  private:
    bool fail(std::size_t word, std::string text) {
        parser_.alert(parser_.arg_word(word), "balance " + text);
        return false;
    }

    bool read_random(std::string_view name) {
        balance_.algorithm = Algorithm::random;
        balance_.random_draws = 2;
        if (name.size() < 8 || name[6] != '(' || name[7] == ')') return true;
        std::string_view inside = name.substr(7);
        const auto end = inside.find_first_not_of("0123456789");
        if (end == std::string_view::npos) return fail(0, "random : missing closing parenthesis.");
        if (inside[end] != ')')
            return fail(0, "random : unexpected character '" + std::string(1, inside[end]) + "' after argument.");
        const auto draws = config::leading_number(inside);
        if (draws < 1) return fail(0, "random : number of draws must be at least 1.");
        assign_number(balance_.random_draws, draws);
        return true;
    }

    bool read_uri() {
        balance_.algorithm = Algorithm::uri;
        balance_.uri_length = balance_.uri_depth = 0;
        balance_.uri_whole = balance_.uri_path_only = false;
        for (std::size_t i = 1; i < parser_.args().size(); ++i) {
            std::string_view option = parser_.arg(i);
            if (option == "whole") {
                balance_.uri_whole = true;
            } else if (option == "path-only") {
                balance_.uri_path_only = true;
            } else if (option == "len" || option == "depth") {
                const auto number = config::leading_number(parser_.arg(++i));
                if (number <= 0)
                    return fail(i, "uri : " + quoted(option) + " expects a positive integer (got " +
                                       quoted(parser_.arg(i)) + ").");
                assign_number(option == "len" ? balance_.uri_length : balance_.uri_depth, number);
            } else {
                return fail(i, "uri only accepts parameters 'len', 'depth', 'path-only', and 'whole' (got " +
                                   quoted(option) + ").");
            }
        }
        return true;
    }

    bool read_url_param() {
        if (parser_.arg(1).empty()) return fail(0, "url_param requires an URL parameter name.");
        balance_.algorithm = Algorithm::url_param;
        balance_.argument = parser_.arg(1);
        if (parser_.arg(2).empty()) return true;
        if (parser_.arg(2) != "check_post")
            return fail(2, "url_param only accepts 'check_post' modifier (got " + quoted(parser_.arg(2)) + ").");
        balance_.check_post = 1;
        return true;
    }

    bool read_hash() {
        if (parser_.arg(1).empty()) return fail(0, "hash requires a sample expression.");
        balance_.algorithm = Algorithm::hash;
        std::string error;
        balance_.expression = parser_.keep<const sample::Expression>(parser_.expression(parser_.args()[1], error));
        return balance_.expression || fail(1, "hash : " + error);
    }

    /// Converters only: what they are applied to is the line, and `str` stands for it.
    bool read_log_hash() {
        if (parser_.arg(1).empty()) return fail(0, "log-hash requires a converter list.");
        balance_.algorithm = Algorithm::log_hash;
        balance_.argument = parser_.arg(1);
        const std::string text = "str(line)," + balance_.argument;
        std::string error;
        balance_.expression =
            parser_.keep<const sample::Expression>(parser_.expression({text, parser_.args()[1].place}, error));
        return balance_.expression || fail(1, "log-hash : " + error);
    }

    bool read_rdp_cookie(std::string_view name) {
        const std::string_view cookie = rdp_cookie_name(name, "mstshash");
        if (cookie.empty()) return fail(0, "rdp-cookie : missing cookie name.");
        balance_.algorithm = Algorithm::rdp_cookie;
        balance_.argument = cookie;
        balance_.expression = rdp_cookie(parser_, cookie);
        return balance_.expression != nullptr;
    }

    bool read_header(std::string_view name) {
        const auto end = name.find(')');
        if (end == std::string_view::npos || end == 4) return fail(0, "hdr requires an http header field name.");
        balance_.algorithm = Algorithm::hdr;
        balance_.argument = name.substr(4, end - 4);
        balance_.hdr_domain_only = false;
        if (parser_.arg(1).empty()) return true;
        if (parser_.arg(1) != "use_domain_only")
            return fail(1, std::string(name) + " only accepts 'use_domain_only' modifier (got " +
                               quoted(parser_.arg(1)) + ").");
        balance_.hdr_domain_only = true;
        return true;
    }

    Parser& parser_;
    Balance& balance_;
};

void set_balance(Parser& parser) { BalanceReader(parser, parser.proxy().balance).read(); }

void set_hash_type(Parser& parser) {
    auto& balance = parser.proxy().balance;
    if (parser.arg(0) == "avalanche")
        return parser.alert(parser.arg_word(0),
                            "experimental feature 'hash-type avalanche' is not supported anymore, "
                            "please use 'hash-type map-based sdbm avalanche' instead.");
    if (parser.arg(0) != "consistent" && parser.arg(0) != "map-based")
        return parser.alert(parser.arg_word(0), "'hash-type' only supports 'consistent' and 'map-based'.");
    const bool consistent = parser.arg(0) == "consistent";
    balance.hash_type = consistent ? model::HashType::consistent : model::HashType::map_based;
    balance.function = model::HashFunction::sdbm;
    balance.avalanche = consistent;
    std::string_view function = parser.arg(1);
    if (function.empty()) return;
    balance.avalanche = parser.arg(2) == "avalanche";
    if (function == "djb2")
        balance.function = model::HashFunction::djb2;
    else if (function == "wt6")
        balance.function = model::HashFunction::wt6;
    else if (function == "crc32")
        balance.function = model::HashFunction::crc32;
    else if (function == "none")
        balance.function = model::HashFunction::none;
    else if (function != "sdbm")
        return parser.alert(parser.arg_word(1),
                            "'hash-type' only supports 'sdbm', 'djb2', 'crc32', or 'wt6' hash functions.");
    if (!parser.arg(2).empty() && !balance.avalanche)
        parser.alert(parser.arg_word(2), "'hash-type' only supports 'avalanche' as a modifier for hash functions.");
}

void set_affinity(Parser& parser) {
    using Affinity = model::Balance::Affinity;
    auto& affinity = parser.proxy().balance.affinity;
    const std::string_view name = parser.arg(0);
    if (name == "always")
        affinity = Affinity::always;
    else if (name == "maxconn")
        affinity = Affinity::maxconn;
    else if (name == "maxqueue")
        affinity = Affinity::maxqueue;
    else
        parser.alert_tight(parser.arg_word(0), "'hash-preserve-affinity': unknown keyword " + quoted(name));
}

void set_hash_balance_factor(Parser& parser) {
    const auto factor = config::leading_number(parser.arg(0));
    if (factor != 0 && factor <= 100)
        return parser.alert(parser.arg_word(0), "'hash-balance-factor' must be 0 or greater than 100.");
    assign_number(parser.proxy().balance.hash_balance_factor, factor);
}

struct CookieSwitch {
    std::string_view name;
    bool CookieSettings::*member;
};
constexpr CookieSwitch kCookieSwitches[] = {
    {"httponly", &CookieSettings::httponly}, {"indirect", &CookieSettings::indirect},
    {"nocache", &CookieSettings::nocache},   {"postonly", &CookieSettings::postonly},
    {"preserve", &CookieSettings::preserve}, {"secure", &CookieSettings::secure},
};

/// Reads the options behind `cookie NAME`.
class CookieReader {
  public:
    CookieReader(Parser& parser, CookieSettings& cookie) : parser_(parser), cookie_(cookie) {}

    bool read() {
        while (at_ < parser_.args().size()) {
            std::string_view option = parser_.arg(at_);
            if (!read_mode(option) && !read_switch(option) && !read_valued(option)) return false;
            ++at_;
        }
        return check();
    }

  private:
    bool fail(std::string text) {
        parser_.alert_tight(parser_.arg_word(at_), std::move(text));
        return false;
    }

    bool read_mode(std::string_view option) {
        rewrite_ |= option == "rewrite";
        insert_ |= option == "insert";
        prefix_ |= option == "prefix";
        return option == "rewrite" || option == "insert" || option == "prefix";
    }

    bool read_switch(std::string_view option) {
        for (const CookieSwitch& row : kCookieSwitches) {
            if (row.name != option) continue;
            cookie_.*row.member = true;
            return true;
        }
        return false;
    }

    bool read_valued(std::string_view option) {
        if (option == "domain") return read_domain();
        if (option == "maxidle") return read_seconds(cookie_.max_idle_s, "<idletime>");
        if (option == "maxlife") return read_seconds(cookie_.max_life_s, "<lifetime>");
        if (option == "attr") return read_attribute();
        if (option == "dynamic") return cookie_.dynamic = true;
        parser_.alert(parser_.arg_word(at_),
                      "'cookie' supports 'rewrite', 'insert', 'prefix', 'indirect', 'nocache', 'postonly', 'domain', "
                      "'maxidle', 'dynamic', 'maxlife' and 'attr' options.");
        return false;
    }

    bool read_domain() {
        std::string_view domain = parser_.arg(++at_);
        if (domain.empty()) return fail("'domain' expects <domain> as argument.");
        if (domain.find('.') == std::string_view::npos)
            parser_.warning(parser_.arg_word(at_), "domain " + quoted(domain) +
                                                       " contains no embedded dot, this configuration may not work "
                                                       "properly (see RFC6265#5.2.3).");
        if (auto bad = config::find_invalid_domain_char(domain); bad != std::string_view::npos)
            return fail("character '" + std::string(1, domain[bad]) + "' is not permitted in domain name " +
                        quoted(domain) + ".");
        cookie_.domains.emplace_back(domain);
        return true;
    }

    bool read_seconds(std::int64_t& to, std::string_view what) {
        std::string_view option = parser_.arg(at_), text = parser_.arg(at_ + 1);
        ++at_;
        if (text.empty()) return fail(quoted(option) + " expects " + std::string(what) + " in seconds as argument.");
        const auto time = config::parse_time(text, config::TimeUnit::s);
        if (time.status != config::Duration::Status::ok)
            return fail(describe_time_problem(time, text, option, config::TimeUnit::s));
        to = time.value;
        return true;
    }

    bool read_attribute() {
        std::string_view value = parser_.arg(++at_);
        if (value.empty()) return fail("'attr' expects <value> as argument.");
        for (char c : value) {
            const auto byte = static_cast<unsigned char>(c);
            if (byte >= 32 && byte != 127 && c != ';') continue;
            constexpr char kHex[] = "0123456789ABCDEF";
            return fail(std::string("character '%x") + kHex[byte >> 4] + kHex[byte & 15] +
                        "' is not permitted in attribute value.");
        }
        cookie_.attributes.emplace_back(value);
        return true;
    }

    bool check() {
        using Kind = CookieSettings::Kind;
        const Word& word = parser_.words()[0];
        if (rewrite_ && cookie_.indirect)
            parser_.alert(word, "cookie 'rewrite' and 'indirect' modes are incompatible.");
        if (rewrite_ + insert_ + prefix_ > 1)
            parser_.alert(word, "cookie 'rewrite', 'insert' and 'prefix' modes are incompatible.");
        if (cookie_.preserve && !insert_ && !cookie_.indirect)
            parser_.alert(word, "cookie 'preserve' requires at least 'insert' or 'indirect'.");
        cookie_.kind = rewrite_ ? Kind::rewrite : insert_ ? Kind::insert : prefix_ ? Kind::prefix : Kind::passive;
        return true;
    }

    Parser& parser_;
    CookieSettings& cookie_;
    std::size_t at_ = 1;
    bool rewrite_ = false, insert_ = false, prefix_ = false;
};

void set_cookie(Parser& parser) {
    CookieSettings cookie;
    cookie.name = parser.arg(0);
    if (CookieReader(parser, cookie).read()) parser.proxy().cookie = std::move(cookie);
}

/// "persist rdp-cookie(NAME)": connections of terminal servers go back to the server that their cookie names.
void set_persist(Parser& parser) {
    const std::string_view method = parser.arg(0);
    if (method.empty()) return parser.alert(parser.words()[0], "missing persist method.");
    if (!method.starts_with("rdp-cookie")) return parser.alert(parser.arg_word(0), "unknown persist method.");
    const std::string_view cookie = rdp_cookie_name(method, "msts");
    if (cookie.empty())
        return parser.alert(parser.arg_word(0), "persist rdp-cookie(name)' requires an rdp cookie name.");
    if (parser.too_many(1, "persist")) return;
    parser.proxy().persist_rdp_cookie = rdp_cookie(parser, cookie);
}

void set_persist_by_default(Parser& parser) { parser.proxy().persist_rdp_cookie = rdp_cookie(parser, "msts"); }

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "balance", .sections = kBackends, .support = Support::done, .parse = set_balance},
    {.name = "cookie", .sections = kBackends, .arity = {1}, .support = Support::done, .parse = set_cookie, .form = "expects <cookie_name> as argument."},
    {.name = "dynamic-cookie-key", .sections = kBackends, .arity = {1, 1}, .support = Support::done, .parse = set_text<&model::ProxySettings::dynamic_cookie_key>, .form = "expects <secret_key> as argument.", .since = "1.8"},
    {.name = "hash-balance-factor", .sections = kProxies, .arity = {1}, .support = Support::done, .parse = set_hash_balance_factor, .form = "expects an integer argument.", .since = "1.7"},
    {.name = "hash-preserve-affinity", .sections = kBackends, .arity = {1, 1}, .support = Support::done, .parse = set_affinity, .form = "needs a keyword to specify when to preserve hash affinity", .since = "3.2"},
    {.name = "hash-type", .sections = kBackends, .support = Support::done, .parse = set_hash_type, .since = "1.4"},
    {.name = "persist", .sections = kProxies, .support = Support::done, .parse = set_persist, .since = "1.4"},
    {.name = "persist rdp-cookie", .sections = kProxies, .support = Support::done, .parse = set_persist_by_default, .since = "1.4"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
