// Whatever fields come: what is accepted as a request becomes an HTTP/1 head that our own parser accepts, as the same
// request and with nothing behind it; sent on as HTTP/2 it is accepted again.
#include <cstdlib>
#include <string>
#include <vector>

#include "http/h1.h"
#include "http/h2_message.h"

using namespace cfgproxy;
using namespace cfgproxy::http;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

/// Fields are lines of name, tab, value; the line ends with byte 0x1e.
std::vector<H2Field> fields_of(std::string_view input) {
    std::vector<H2Field> fields;
    while (!input.empty()) {
        const std::string_view line = input.substr(0, input.find('\x1e'));
        input.remove_prefix(std::min(input.size(), line.size() + 1));
        const std::size_t tab = std::min(line.find('\t'), line.size());
        fields.push_back({line.substr(0, tab), tab < line.size() ? line.substr(tab + 1) : std::string_view()});
    }
    return fields;
}

bool add_all(H2Head& head, base::Arena& arena, const std::vector<H2Field>& fields) {
    for (const H2Field& field : fields)
        if (!head.add(arena, field.name, field.value, {})) return false;
    return true;
}

void check_request(const Request& request, base::Arena& arena, bool end) {
    // Answered; need not name a port; gets its key from whoever sends it.
    if (request.bad || request.method == Method::connect || (request.connection & kUpgrade)) return;
    base::Buffer out;
    write_head(out, request);
    std::string text(out.view());
    H1HeadParser parser(false);
    base::Arena other;
    require(text.find('\0') == text.npos);
    if (parser.feed(text.data(), static_cast<std::uint32_t>(text.size()), {.accept_invalid = true}, other) !=
        ParseState::done)
        return abort();
    require(parser.length() == text.size());
    std::string copy = text;
    Request again;
    if (!parser.finish(copy.data(), other, again)) return abort();
    require(again.method_text == request.method_text);
    std::vector<H2Field> fields;
    to_h2_fields(request, arena, fields);
    H2Head head;
    Request third;
    require(add_all(head, arena, fields));
    require(head.finish(arena, third, end));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1 || size > 4000) return 0;
    const auto fields = fields_of({reinterpret_cast<const char*>(data + 1), size - 1});
    base::Arena arena;
    H2Head head;
    if (!add_all(head, arena, fields)) {
        require(head.error() != H2Error::no_error);
        return 0;
    }
    const bool end = data[0] & 1;
    if (data[0] & 2) {
        Request request;
        if (head.finish(arena, request, end)) check_request(request, arena, end);
    } else {
        Response response;
        if (head.finish(arena, response, data[0] & 4 ? Method::head : Method::get, end)) {
            base::Buffer out;
            write_head(out, response);
            require(response.status >= 100 && response.status <= 999);
        }
    }
    return 0;
}
