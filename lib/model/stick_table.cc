#include "model/stick_table.h"

namespace cfgproxy::model {
namespace {

using Cell = StickCell;

// In the order of StickData.
constexpr StickDataType kTypes[] = {
    {"server_id", Cell::signed_number},
    {"gpt0"},
    {"gpc0"},
    {"gpc0_rate", Cell::rate},
    {"conn_cnt"},
    {"conn_rate", Cell::rate},
    {"conn_cur"},
    {"sess_cnt"},
    {"sess_rate", Cell::rate},
    {"http_req_cnt"},
    {"http_req_rate", Cell::rate},
    {"http_err_cnt"},
    {"http_err_rate", Cell::rate},
    {"bytes_in_cnt", Cell::large},
    {"bytes_in_rate", Cell::rate},
    {"bytes_out_cnt", Cell::large},
    {"bytes_out_rate", Cell::rate},
    {"gpc1"},
    {"gpc1_rate", Cell::rate},
    {"server_key", Cell::text},
    {"http_fail_cnt"},
    {"http_fail_rate", Cell::rate},
    {"gpt", Cell::number, true},
    {"gpc", Cell::number, true},
    {"gpc_rate", Cell::rate, true},
    {"glitch_cnt"},
    {"glitch_rate", Cell::rate},
};
static_assert(std::size(kTypes) == kStickDataTypes);

}  // namespace

std::string_view name_of(StickKey key) {
    constexpr std::string_view kNames[] = {"integer", "ip", "ipv6", "string", "binary"};
    return kNames[static_cast<std::size_t>(key)];
}

const StickDataType& type_of(StickData data) { return kTypes[static_cast<std::size_t>(data)]; }

bool find_stick_data(std::string_view name, StickData& data) {
    if (name == "server_name") name = "server_key";  // as 2.0 called it for a while
    for (std::size_t i = 0; i < kStickDataTypes; ++i) {
        if (kTypes[i].name != name) continue;
        data = static_cast<StickData>(i);
        return true;
    }
    return false;
}

}  // namespace cfgproxy::model
