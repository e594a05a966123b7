// The sections `crt-store` (manual 3.4 section 12.7) and `acme` (12.8), which is read and checked, not executed yet.
#include <strings.h>

#include <algorithm>

#include "keywords/sections.h"

namespace cfgproxy::keywords {
namespace {

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> all) {
    for (std::string_view one : all)
        if (text == one) return true;
    return false;
}

/// What the lines of a `crt-store` section have in common.
struct Store {
    std::string name, crt_base, key_base;
    bool has_loads = false;
};

/// One section is read at a time; nothing of it is kept but its `load` lines.
Store& current_store() {
    thread_local Store store;
    return store;
}

void* open_store(Parser& parser) {
    if (parser.args().size() > 1) {
        parser.alert(parser.arg_word(1), "'crt-store' section only supports a name argument.");
        return nullptr;
    }
    if (!parser.arg(0).empty() && !has_good_name(parser, "crt-store")) return nullptr;
    Store& store = current_store();
    store = {
        .name = std::string(parser.arg(0)), .crt_base = parser.global().crt_base, .key_base = parser.global().key_base};
    return &store;
}

template <std::string Store::*Member>
void set_base(Parser& parser) {
    Store& store = parser.opened<Store>();
    if (store.has_loads)
        return parser.alert(parser.words()[0], quoted(parser.keyword().name) +
                                                   " can't be used after a load line, use it at the beginning of the "
                                                   "section.");
    store.*Member = parser.arg(0);
}

/// By which name bind lines find it: an alias and names in a named section begin with "@NAME/".
std::string name_of(const Parser& parser, const Store& store, const std::string& alias, const std::string& file) {
    if (!alias.empty()) return "@" + store.name + "/" + alias;
    if (!store.name.empty()) return "@" + store.name + (file.starts_with('/') ? "" : "/") + file;
    const std::string& base = const_cast<Parser&>(parser).global().crt_base;
    return file.starts_with('/') || base.empty() ? file : base + "/" + file;
}

/// A parameter of `load` whose value is a text of the model.
struct LoadParameter {
    std::string_view name;
    std::string net::CertificateFiles::*member = nullptr;
};
constexpr LoadParameter kLoadParameters[] = {{"crt", &net::CertificateFiles::crt},
                                             {"issuer", &net::CertificateFiles::issuer},
                                             {"key", &net::CertificateFiles::key},
                                             {"ocsp", &net::CertificateFiles::ocsp},
                                             {"sctl", &net::CertificateFiles::sctl}};

/// `domains` and `ips` are for what ACME asks for, which is refused.
bool is_dummy_parameter(std::string_view name) {
    return is_one_of(name, {"bits", "curves", "domains", "generate-dummy", "ips", "keytype"});
}

bool read_bits(const std::string& text, std::uint32_t& bits) {
    const auto number = base::parse_uint(text);
    if (!number || *number > 65536) return false;
    bits = static_cast<std::uint32_t>(*number);
    return true;
}

/// `load crt FILE [alias NAME] [key FILE]...`: pairs of words, `crt` among them.
void read_load(Parser& parser) {
    static constexpr std::string_view kPendingParameters[] = {"acme"};
    const auto words = parser.words();
    const auto problem = [&](std::size_t at, const std::string& text) {
        parser.alert(words[at], "'load " + std::string(words[at].text) + "' in section 'crt-store': " + text);
    };
    net::CertificateFiles files{.given = net::CertificateFiles::Given::in_store};
    std::string alias;
    for (std::size_t i = 1; i < words.size(); i += 2) {
        const std::string_view name = words[i].text;
        const std::string value(i + 1 < words.size() ? words[i + 1].text : std::string_view());
        const auto* text = std::find_if(std::begin(kLoadParameters), std::end(kLoadParameters),
                                        [name](const LoadParameter& row) { return row.name == name; });
        const bool pending = std::find(std::begin(kPendingParameters), std::end(kPendingParameters), name) !=
                             std::end(kPendingParameters);
        if (text == std::end(kLoadParameters) && !pending && name != "alias" && name != "jwt" &&
            name != "ocsp-update" && !is_dummy_parameter(name))
            return problem(i, "unknown keyword " + quoted(name) + ".");
        if (i + 1 == words.size()) return problem(i, "missing argument.");
        if (is_one_of(name, {"ocsp-update", "jwt", "generate-dummy"}) && !is_one_of(value, {"on", "off"}))
            return problem(i, "expects 'on' or 'off' (got " + quoted(value) + ").");
        if (name == "alias" && value.starts_with('/'))
            return parser.alert(words[i + 1], "cannot parse 'alias' value " + quoted(value) +
                                                  ", '/' is forbidden as the first character.");
        if (text != std::end(kLoadParameters)) files.*text->member = value;
        if (name == "alias") alias = value;
        if (name == "jwt") files.jwt = value == "on";
        if (name == "ocsp-update") files.ocsp_update = value == "on" ? net::OcspUpdate::on : net::OcspUpdate::off;
        if (name == "generate-dummy") files.dummy.on = value == "on";
        if (name == "keytype") files.dummy.key_type = value;
        if (name == "curves") files.dummy.curves = value;
        if (name == "bits" && !read_bits(value, files.dummy.bits))
            return parser.alert(words[i + 1],
                                "cannot parse 'bits' value " + quoted(value) + ", an integer is expected.");
        if (pending && i > 1) parser.refuse_pending(words[i], "parameter", name);
    }
    const net::CertificateFiles::Dummy& dummy = files.dummy;
    if (!dummy.on && (!dummy.key_type.empty() || dummy.bits || !dummy.curves.empty()))
        return problem(1, "keyword 'keytype', 'bits' and 'curves' require 'generate-dummy' set to 'on'");
    if (files.crt.empty())
        return parser.alert(words.back(), "'load' in section 'crt-store': mandatory 'crt' parameter not found.");
    Store& store = parser.opened<Store>();
    store.has_loads = true;
    auto load = std::make_unique<model::CertificateLoad>();
    load->name = name_of(parser, store, alias, files.crt);
    load->files = std::move(files);
    load->crt_base = store.crt_base;
    load->key_base = store.key_base;
    load->place = parser.place();
    parser.config().certificate_loads.push_back(std::move(load));
}

std::string of_acme(Parser& parser) { return "keyword " + quoted(parser.keyword().name) + " in 'acme' section "; }

void check_switch(Parser& parser) {
    if (!is_one_of(parser.arg(0), {"on", "off"}))
        parser.alert_tight(parser.arg_word(0), of_acme(parser) + "requires either the 'on' or 'off' parameter");
}

void check_key_type(Parser& parser) {
    if (!is_one_of(parser.arg(0), {"RSA", "ECDSA"}))
        parser.alert_tight(parser.arg_word(0), of_acme(parser) + "requires either 'RSA' or 'ECDSA' argument");
}

void check_bits(Parser& parser) {
    if (!base::parse_uint(parser.arg(0)))
        parser.alert(parser.arg_word(0),
                     "cannot parse 'bits' value " + quoted(parser.arg(0)) + ", an integer is expected.");
}

void check_challenge(Parser& parser) {
    const std::string name(parser.arg(0));
    for (const char* known : {"http-01", "dns-01", "dns-persist-01"})
        if (strcasecmp(name.c_str(), known) == 0) return;
    parser.alert_tight(parser.arg_word(0),
                       "keyword 'challenge' in 'acme' must be one of the following: http-01, dns-01, dns-persist-01");
}

void check_mac(Parser& parser) {
    if (!is_one_of(parser.arg(0), {"HS256", "HS384", "HS512"}))
        parser.alert_tight(parser.arg_word(0),
                           "keyword 'eab-mac-alg' in 'acme' must be one of the following: HS256, HS384, HS512");
}

void check_ready(Parser& parser) {
    const auto parts = base::split(parser.arg(0), ',');
    for (std::string_view part : parts) {
        if (!is_one_of(part, {"cli", "dns", "delay", "none"}))
            return parser.alert_tight(parser.arg_word(0), of_acme(parser) +
                                                              "requires parameter separated by commas: "
                                                              "'cli', 'dns' or 'none'");
        if (part == "none" && parts.size() > 1)
            return parser.alert_tight(parser.arg_word(0),
                                      "keyword 'challenge-ready' in 'acme' can't combine 'none' "
                                      "with other keywords.");
    }
}

void check_time(Parser& parser) {
    const auto time = config::parse_time(parser.arg(0), config::TimeUnit::s);
    if (time.status != config::Duration::Status::ok)
        parser.alert_tight(parser.arg_word(0),
                           describe_time_problem(time, parser.arg(0), parser.keyword().name, config::TimeUnit::s));
}

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "account-key", .sections = kAcme, .arity = {1, 1}, .form = "requires a filename argument", .since = "3.2"},
    {.name = "acme-vars", .sections = kAcme, .arity = {1, 1}, .form = "requires an argument", .since = "3.3"},
    {.name = "bits", .sections = kAcme, .arity = {1, 1}, .parse = check_bits, .form = "requires an argument", .since = "3.2"},
    {.name = "challenge", .sections = kAcme, .arity = {1, 1}, .parse = check_challenge, .form = "requires an argument", .since = "3.2"},
    {.name = "challenge-ready", .sections = kAcme, .arity = {1, 1}, .parse = check_ready, .form = "requires an argument", .since = "3.4"},
    {.name = "contact", .sections = kAcme, .arity = {1, 1}, .form = "requires an argument", .since = "3.2"},
    {.name = "crt-base", .sections = kCrtStore, .arity = {1, 1}, .support = Support::done, .parse = set_base<&Store::crt_base>, .form = "requires an argument.", .since = "3.0"},
    {.name = "curves", .sections = kAcme, .arity = {1, 1}, .form = "requires an argument", .since = "3.2"},
    {.name = "directory", .sections = kAcme, .arity = {1, 1}, .form = "requires an argument", .since = "3.2"},
    {.name = "dns-delay", .sections = kAcme, .arity = {1, 1}, .parse = check_time, .form = "requires an argument", .since = "3.4"},
    {.name = "dns-timeout", .sections = kAcme, .arity = {1, 1}, .parse = check_time, .form = "requires an argument", .since = "3.4"},
    {.name = "eab-key-id", .sections = kAcme, .arity = {1, 1}, .form = "requires an argument", .since = "3.4"},
    {.name = "eab-mac-alg", .sections = kAcme, .arity = {1, 1}, .parse = check_mac, .form = "requires an argument", .since = "3.4"},
    {.name = "eab-mac-key", .sections = kAcme, .arity = {1, 1}, .form = "requires an argument", .since = "3.4"},
    {.name = "key-base", .sections = kCrtStore, .arity = {1, 1}, .support = Support::done, .parse = set_base<&Store::key_base>, .form = "requires an argument.", .since = "3.0"},
    {.name = "keytype", .sections = kAcme, .arity = {1, 1}, .parse = check_key_type, .form = "requires an argument", .since = "3.2"},
    {.name = "load", .sections = kCrtStore, .support = Support::done, .parse = read_load, .since = "3.0"},
    {.name = "load acme", .sections = kCrtStore, .parse = read_load, .since = "3.2"},
    {.name = "load alias", .sections = kCrtStore, .support = Support::done, .parse = read_load, .since = "3.0"},
    {.name = "load bits", .sections = kCrtStore, .support = Support::done, .parse = read_load, .since = "3.3"},
    {.name = "load crt", .sections = kCrtStore, .support = Support::done, .parse = read_load, .since = "3.0"},
    {.name = "load curves", .sections = kCrtStore, .support = Support::done, .parse = read_load, .since = "3.3"},
    {.name = "load domains", .sections = kCrtStore, .parse = read_load, .since = "3.2"},
    {.name = "load generate-dummy", .sections = kCrtStore, .support = Support::done, .parse = read_load, .since = "3.4"},
    {.name = "load issuer", .sections = kCrtStore, .support = Support::done, .parse = read_load, .since = "3.0"},
    {.name = "load jwt", .sections = kCrtStore, .support = Support::done, .parse = read_load, .since = "3.3"},
    {.name = "load key", .sections = kCrtStore, .support = Support::done, .parse = read_load, .since = "3.0"},
    {.name = "load keytype", .sections = kCrtStore, .support = Support::done, .parse = read_load, .since = "3.3"},
    {.name = "load ocsp", .sections = kCrtStore, .support = Support::done, .parse = read_load, .since = "3.0"},
    {.name = "load ocsp-update", .sections = kCrtStore, .support = Support::done, .parse = read_load, .since = "3.0"},
    {.name = "load sctl", .sections = kCrtStore, .support = Support::done, .parse = read_load, .since = "3.0"},
    {.name = "map", .sections = kAcme, .arity = {1, 1}, .form = "requires an argument", .since = "3.2"},
    {.name = "profile", .sections = kAcme, .arity = {1, 1}, .form = "requires an argument", .since = "3.4"},
    {.name = "provider-name", .sections = kAcme, .arity = {1, 1}, .form = "requires an argument", .since = "3.3"},
    {.name = "reuse-key", .sections = kAcme, .arity = {1, 1}, .parse = check_switch, .form = "requires an argument", .since = "3.3"},
    {.name = "trace", .sections = kTraces, .arity = {1}, .form = "expects a source and its settings.", .since = "3.1"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};
constexpr config::SectionOpener kOpeners[] = {{"crt-store", open_store}};
const base::Table<config::SectionOpener> kRegisteredOpeners{kOpeners};

}  // namespace
}  // namespace cfgproxy::keywords
