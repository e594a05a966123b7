// Any bytes are read as JSON or refused; what was read is written and read again alike.
#include <cstdlib>

#include "base/json.h"
#include "base/json_reader.h"

using namespace cfgproxy::base;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const auto value = parse_json({reinterpret_cast<const char*>(data), size});
    if (!value || value->kind != Json::Kind::string) return 0;
    const auto again = parse_json(json_string(value->text));
    if (!again) std::abort();
    return 0;
}
