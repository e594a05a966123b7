// Any bytes through every converter that reads a format: whatever comes out, nothing breaks, and the same comes out
// again.
#include <cstdlib>
#include <vector>

#include "sample/test_request.h"

using namespace cfgproxy;
using namespace cfgproxy::sample;

namespace {

constexpr std::string_view kConverters[] = {
    "json_query('$.a')",
    "json_query('$[1].b','int')",
    "jwt_header_query('$.alg')",
    "jwt_payload_query('$.sub')",
    "jwt_verify(HS256,secret)",
    "protobuf(1.2,sint32)",
    "protobuf(3)",
    "protobuf(1,double)",
    "ungrpc(1.1)",
    "fix_is_valid",
    "fix_tag_value(35)",
    "mqtt_is_valid",
    "mqtt_field_value(connect,username)",
    "mqtt_field_value(connack,31)",
    "url_dec",
    "url_dec(1)",
    "url_enc()",
    "b64dec",
    "ub64dec",
    "hex2i",
    "language('en;fr',de)",
    "date",
    "host_only",
    "port_only",
    "param(a)",
    "word(2,.)",
    "field(-2,.,3)",
    "json(utf8s)",
    "reverse_dom",
    "le2dec(:,3)",
    "aes_gcm_dec(128,MTIzNDU2Nzg5MDEy,MDEyMzQ1Njc4OTAxMjM0NQ==,Cd5Qjps1307H65xLjAQdvA==)",
};

std::vector<std::unique_ptr<Expression>> parse_all() {
    std::vector<std::unique_ptr<Expression>> all;
    for (auto converter : kConverters) {
        std::size_t used = 0;
        ExpressionError error;
        auto expression = parse_expression("var(txn.data)," + std::string(converter), {}, used, error);
        if (!expression) std::abort();
        all.push_back(std::move(*expression));
    }
    return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    static const auto expressions = parse_all();
    TestRequest request("GET / HTTP/1.1\r\n\r\n");
    request.variables[static_cast<int>(Scope::txn)].set(request.arena, "data",
                                                        Value::of_bytes({reinterpret_cast<const char*>(data), size}));
    for (const auto& expression : expressions) {
        std::string_view first, second;
        const Found found = expression->evaluate_text(request.context, first);
        if (found != expression->evaluate_text(request.context, second) || first != second) std::abort();
    }
    return 0;
}
