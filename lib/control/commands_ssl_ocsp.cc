// What is stapled to handshakes, and the keys of session tickets: show, set, update (management.txt 9.3).
#include <fmt/format.h>

#include "base/text.h"
#include "control/ssl_store.h"
#include "log/date.h"
#include "net/base64.h"
#include "net/certificate_text.h"
#include "net/tls_tickets.h"

namespace cfgproxy::control {
namespace {

using net::OcspStaple;

std::string hexadecimal(std::string_view bytes) {
    std::string text;
    for (const char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
    return text;
}

/// Bytes of hexadecimal digits; empty if they are none.
std::string bytes_of(std::string_view digits) {
    std::string bytes;
    if (digits.size() % 2 != 0) return {};
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        const int high = base::hex_digit(digits[i]), low = base::hex_digit(digits[i + 1]);
        if (high < 0 || low < 0) return {};
        bytes += static_cast<char>(high << 4 | low);
    }
    return bytes;
}

void show_all(CliCall& call) {
    call.answer += "# Certificate IDs\n";
    for (const auto& staple : store_of(call).staples.all())
        call.answer += fmt::format("Certificate ID key : {}\nCertificate path : {}\n{}\n", hexadecimal(staple->id),
                                   staple->path, net::ocsp_id_text(staple->id));
}

void show(CliCall& call) {
    if (!has_level(call, Level::admin)) return;
    if (call.argument(0).empty()) return show_all(call);
    const bool base64 = call.argument(0) == "base64", text = call.argument(0) == "text";
    const std::string asked(call.argument(base64 || text ? 1 : 0));
    if (asked.empty()) return call.error("'show ssl ocsp-response [text|base64]' expects a valid certid.\n");
    const net::TlsStore& store = store_of(call);
    std::string id = bytes_of(asked);
    if (id.empty()) {
        const auto* stored = store.find(asked);
        if (stored && stored->staple) id = stored->staple->id;
    }
    if (id.empty()) return call.error("'show ssl ocsp-response' expects a valid certid or certificate path.\n");
    const auto staple = store.staples.find(id);
    if (!staple) return call.error("Certificate ID or path does not match any certificate.\n");
    const auto response = staple->response();
    if (!response) return;
    call.answer += base64 ? net::encode_base64(*response) : net::ocsp_response_text(*response);
}

void set(CliCall& call) {
    if (!has_level(call, Level::admin)) return;
    const std::string_view given = call.payload.data() ? call.payload : call.argument(0);
    if (given.empty()) return call.error("'set ssl ocsp-response' expects response in base64 encoding.\n");
    std::string packed, response;
    for (const char c : given)
        if (c != '\r' && c != '\n') packed += c;
    if (!net::decode_base64(packed, response))
        return call.error("'set ssl ocsp-response' received invalid base64 encoded response.\n");
    const auto facts = net::read_ocsp_response(response);
    if (!facts) return call.error(facts.error() + ".\n");
    const auto staple = store_of(call).staples.find(facts->id);
    if (!staple) return call.error("OCSP single response: Certificate ID does not match any certificate or issuer.\n");
    staple->set(std::move(response), facts->expires);
    call.message("OCSP Response updated!\n");
}

void update(CliCall& call) {
    if (!has_level(call, Level::admin)) return;
    const std::string name(call.argument(0));
    if (name.empty()) return call.error("'update ssl ocsp-response' expects a filename\n");
    const auto fail = [&](std::string_view text) {
        call.error(fmt::format("{}Can't send ocsp request for {}!\n", text, name));
    };
    const auto* stored = store_of(call).find(name);
    if (!stored)
        return fail(
            "Unknown certificate! 'update ssl ocsp-response' expects an already known certificate file name.\n");
    if (!stored->staple)
        return fail("'update ssl ocsp-response' only works on certificates that already have a known OCSP response.\n");
    OcspStaple::Update& state = stored->staple->update;
    if (state.running) return;
    state.once = !state.wanted;
    state.next = 0;
    state.scheduled = true;
    call.engine.update_ocsp();
}

void show_updates(CliCall& call) {
    if (!has_level(call, Level::admin)) return;
    constexpr std::string_view kResults[] = {"Unknown",
                                             "Update successful",
                                             "HTTP error",
                                             "Missing \"ocsp-response\" header",
                                             "OCSP response check failure",
                                             "Error during insertion"};
    call.answer +=
        "OCSP Certid | Path | Next Update | Last Update | Successes | Failures | Last Update Status | Last Update "
        "Status (str)\n";
    const auto date = [](std::time_t time) {
        std::string text;
        log::append_local_offset(text, static_cast<std::uint64_t>(time) * 1000000);
        return text;
    };
    for (const auto& staple : store_of(call).staples.all()) {
        const OcspStaple::Update& state = staple->update;
        if (!state.wanted && !state.once) continue;
        call.answer +=
            fmt::format("{} | {} | {} | {} | {} | {} | {} | {}\n", hexadecimal(staple->id), staple->path,
                        date(state.next ? state.next : std::time(nullptr)), state.last ? date(state.last) : "-",
                        state.successes, state.failures, state.status, kResults[state.status]);
    }
}

// --- tickets -------------------------------------------------------------------------------------------------

/// "#0", or the file's name.
net::TicketKeys* find_keys(CliCall& call, std::string_view reference) {
    for (const auto& keys : store_of(call).ticket_keys)
        if (reference == keys->file() || reference == "#" + std::to_string(keys->id)) return keys.get();
    return nullptr;
}

void add_keys(std::string& to, const net::TicketKeys& keys, bool entries) {
    to += fmt::format("{}{} ({})\n", entries ? "# " : "", keys.id, keys.file());
    if (!entries) return;
    std::size_t index = 0;
    for (const std::string& key : keys.shown()) to += fmt::format("{}.{} {}\n", keys.id, index++, key);
}

void show_keys(CliCall& call) {
    if (!has_level(call, Level::admin)) return;
    const std::string_view asked = call.argument(0);
    if (asked.empty() || asked.starts_with('*')) {
        call.answer += asked.empty() ? "# id (file)\n" : "# id secret\n";
        for (const auto& keys : store_of(call).ticket_keys) add_keys(call.answer, *keys, !asked.empty());
        return;
    }
    const net::TicketKeys* keys = find_keys(call, asked);
    if (!keys) return call.error("'show tls-keys' unable to locate referenced filename\n");
    call.answer += "# id secret\n";
    add_keys(call.answer, *keys, true);
}

void set_key(CliCall& call) {
    if (!has_level(call, Level::admin)) return;
    if (call.argument(0).empty() || call.argument(1).empty())
        return call.error("'set ssl tls-key' expects a filename and the new TLS key in base64 encoding.\n");
    net::TicketKeys* keys = find_keys(call, call.argument(0));
    if (!keys) return call.error("'set ssl tls-key' unable to locate referenced filename\n");
    std::string key;
    if (!net::decode_base64(call.argument(1), key))
        return call.error("'set ssl tls-key' received invalid base64 encoded TLS key.\n");
    if (!keys->push(key)) return call.error("'set ssl tls-key' received a key of wrong size.\n");
    call.message("TLS ticket key updated!\n");
}

// clang-format off
constexpr Command kTable[] = {
    {.name = "set ssl ocsp-response", .level = Level::admin, .support = Support::done, .usage = "set ssl ocsp-response <resp|payload>    : update a certificate's OCSP Response from a base64-encode DER", .run = set},
    {.name = "set ssl tls-key", .level = Level::admin, .support = Support::done, .usage = "set ssl tls-key [id|file] <key>         : set the next TLS key for the <id> or <file> listener to <key>", .run = set_key, .since = "2.0"},
    {.name = "show ssl ocsp-response", .level = Level::admin, .support = Support::done, .usage = "show ssl ocsp-response [id]             : display the IDs of the OCSP responses used in memory, or the details of a single OCSP response", .run = show, .since = "2.0"},
    {.name = "show ssl ocsp-updates", .level = Level::admin, .support = Support::done, .usage = "show ssl ocsp-updates                   : display information about the next 'nb' ocsp responses that will be updated automatically", .run = show_updates, .since = "3.0"},
    {.name = "show tls-keys", .level = Level::admin, .support = Support::done, .usage = "show tls-keys [id|*]                    : show tls keys references or dump tls ticket keys when id specified", .run = show_keys, .since = "2.0"},
    {.name = "update ssl ocsp-response", .level = Level::admin, .support = Support::done, .usage = "update ssl ocsp-response <certfile>     : send ocsp request and update stored ocsp response", .run = update, .since = "3.0"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Command> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::control
