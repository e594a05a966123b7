// What the PROXY header of a client's connection told (manual 7.3.3).
#include <cstdlib>

#include "keywords/sample_support.h"
#include "net/proxy_protocol.h"
#include "sample/checkpoint.h"

namespace cfgproxy::keywords {
namespace {

constexpr auto kDone = Support::done;

Found found_tlv(const Context& context, std::uint8_t type, Value& out) {
    const std::string_view value = net::find_tlv(context.proxy_tlvs, type);
    return value.data() ? found_text(out, value) : Found::no;
}

template <std::uint8_t Type>
Found fetch_tlv_of(const Context& context, Arguments, Cursor&, Value& out) {
    return found_tlv(context, Type, out);
}

/// By number, or by the name that the specification gives it.
base::Result<void> prepare_tlv(std::vector<Argument>& args) {
    constexpr std::pair<std::string_view, std::uint8_t> kNames[] = {
        {"ALPN", 0x01},       {"AUTHORITY", 0x02},   {"CRC32C", 0x03},      {"NOOP", 0x04},
        {"UNIQUE_ID", 0x05},  {"SSL", 0x20},         {"SSL_VERSION", 0x21}, {"SSL_CN", 0x22},
        {"SSL_CIPHER", 0x23}, {"SSL_SIG_ALG", 0x24}, {"SSL_KEY_ALG", 0x25}, {"NETNS", 0x30}};
    for (const auto& [name, type] : kNames)
        if (args[0].text == name) {
            args[0].number = type;
            return {};
        }
    char* end = nullptr;
    const unsigned long type = std::strtoul(args[0].text.c_str(), &end, 0);
    if (args[0].text.empty() || *end || type > 255) return base::Error{"Invalid TLV ID '" + args[0].text + "'"};
    args[0].number = static_cast<std::int64_t>(type);
    return {};
}

Found fetch_tlv(const Context& context, Arguments args, Cursor&, Value& out) {
    return found_tlv(context, static_cast<std::uint8_t>(args[0].number), out);
}

Found fetch_received(const Context& context, Arguments, Cursor&, Value& out) {
    return found_bool(out, context.proxy_header);
}

// clang-format off
constexpr Fetch kTable[] = {
    {.name = "fc_pp_authority", .needs = sample::kClient, .support = kDone, .run = fetch_tlv_of<net::kTlvAuthority>, .since = "2.1"},
    {.name = "fc_pp_tlv", .args = "string", .needs = sample::kSession, .support = kDone, .run = fetch_tlv, .prepare = prepare_tlv, .since = "2.9"},
    {.name = "fc_pp_unique_id", .needs = sample::kClient, .support = kDone, .run = fetch_tlv_of<net::kTlvUniqueId>, .since = "2.2"},
    {.name = "fc_rcvd_proxy", .out = Type::boolean, .needs = sample::kClient, .support = kDone, .run = fetch_received, .since = "1.8"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Fetch> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
