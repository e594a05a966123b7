#pragma once
#include <string>

#include "control/stat_fields.h"
#include "control/stat_walk.h"

namespace cfgproxy::control {

enum class StatFormat : std::uint8_t { csv, typed, json, html };

/// "# pxname,svname,...,-,ssl_sess,...\n"
void append_csv_header(std::string& to);
void append_csv_row(std::string& to, const Row& row);
/// One line per figure: "F.2.0.4.scur.1:MGP:u32:0". `describe` adds its description; `persistence` a fourth letter, as
/// HAProxy has it since 3.3: V, or P for what it can keep through a reload.
void append_typed_row(std::string& to, const Row& row, bool describe, bool persistence);
void append_json_row(std::string& to, const Row& row);

/// The statistics as CSV, typed or JSON text, piece by piece.
class StatDump {
  public:
    StatDump(StatWalk walk, StatFormat format, bool describe)
        : walk_(std::move(walk)), format_(format), describe_(describe) {}
    /// Appends some 10 kB; false when the end was appended.
    bool produce(std::string& to, std::uint64_t now_ms);

  private:
    void append_row(std::string& to);
    StatWalk walk_;
    StatFormat format_;
    bool describe_, begun_ = false, any_row_ = false;
};

/// What `show stat json` and `show info json` look like, as a JSON schema.
extern const std::string_view kStatSchema;

/// A piece that is being made is full from here on.
constexpr std::size_t kPieceSize = 10240;

}  // namespace cfgproxy::control
