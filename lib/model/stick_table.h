#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/diagnostics.h"

namespace cfgproxy::model {

struct Proxy;

/// What keys of a table are (`type`).
enum class StickKey : std::uint8_t { integer, ip, ipv6, string, binary };
std::string_view name_of(StickKey key);

/// What an entry can keep (`store`), in the order in which `show table` prints it.
enum class StickData : std::uint8_t {
    server_id,
    gpt0,
    gpc0,
    gpc0_rate,
    conn_cnt,
    conn_rate,
    conn_cur,
    sess_cnt,
    sess_rate,
    http_req_cnt,
    http_req_rate,
    http_err_cnt,
    http_err_rate,
    bytes_in_cnt,
    bytes_in_rate,
    bytes_out_cnt,
    bytes_out_rate,
    gpc1,
    gpc1_rate,
    server_key,
    http_fail_cnt,
    http_fail_rate,
    gpt,
    gpc,
    gpc_rate,
    glitch_cnt,
    glitch_rate,
};
constexpr std::size_t kStickDataTypes = 27;

/// How a kind of data is kept.
enum class StickCell : std::uint8_t { number, signed_number, large, rate, text };
struct StickDataType {
    std::string_view name;
    StickCell cell = StickCell::number;
    bool is_array = false;  ///< takes a count: gpc(5), gpc_rate(5,10s)
};
const StickDataType& type_of(StickData data);
/// False if there is no such kind of data.
bool find_stick_data(std::string_view name, StickData& data);

/// A `stick-table` line, or a `table` line of a `peers` section. Frozen; its running table is found by name.
struct StickTable {
    std::string name;  ///< the proxy's, or "PEERS/NAME"
    StickKey key = StickKey::integer;
    std::uint32_t key_length = 4;  ///< bytes at most; of strings without an end mark
    std::uint32_t size = 0;        ///< entries
    std::uint32_t expire_ms = 0;   ///< 0: never
    bool nopurge = false;
    bool server_key_is_address = false;  ///< `srvkey addr`
    bool receive_only = false;           ///< recv-only: what peers count of themselves is learned, too
    std::uint32_t byte_rate_unit = 1;    ///< brates-factor: bytes_in_rate and bytes_out_rate count blocks of so many
    std::string peers, write_to;         ///< names of sections and tables
    /// By StickData: how many cells (0: not stored), and over how many milliseconds a rate counts.
    std::array<std::uint16_t, kStickDataTypes> counts{};
    std::array<std::uint32_t, kStickDataTypes> periods{};
    Proxy* proxy = nullptr;  ///< null: of a `peers` section
    std::uint32_t index = 0;
    bool is_tracked = false, is_stuck_to = false;  ///< by track-sc*, by stick rules
    base::Place place;

    bool stores(StickData data) const { return counts[static_cast<std::size_t>(data)] > 0; }
    /// Entries of both mean the same: what a reload keeps needs no change.
    bool same_layout(const StickTable& other) const {
        return key == other.key && key_length == other.key_length && counts == other.counts &&
               periods == other.periods && byte_rate_unit == other.byte_rate_unit &&
               server_key_is_address == other.server_key_is_address;
    }
};

}  // namespace cfgproxy::model
