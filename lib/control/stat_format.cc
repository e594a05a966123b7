#include "control/stat_format.h"

#include <fmt/format.h>

namespace cfgproxy::control {

const std::string_view kStatSchema = R"json({
 "$schema": "http://json-schema.org/draft-04/schema#",
 "title": "HAProxy statistics",
 "oneOf": [
  {"title": "Info", "type": "array", "items": {"$ref": "#/definitions/infoItem"}},
  {"title": "Stat", "type": "array", "items": {"type": "array", "items": {"$ref": "#/definitions/statItem"}}}
 ],
 "definitions": {
  "field": {"type": "object", "properties": {"pos": {"type": "integer"}, "name": {"type": "string"}},
   "required": ["pos", "name"]},
  "tags": {"type": "object", "required": ["origin", "nature", "scope"], "properties": {
   "origin": {"enum": ["Metric", "Status", "Key", "Config", "Product", "Unknown"]},
   "nature": {"enum": ["Gauge", "Limit", "Min", "Max", "Rate", "Counter", "Duration", "Age", "Time", "Name", "Output",
    "Avg", "Unknown"]},
   "scope": {"enum": ["Cluster", "Process", "Service", "System", "Unknown"]}}},
  "value": {"type": "object", "required": ["type", "value"], "properties": {
   "type": {"enum": ["s32", "s64", "u32", "u64", "flt", "str"]}, "value": {"type": ["integer", "number", "string"]}}},
  "infoItem": {"type": "object", "required": ["field", "processNum", "tags", "value"], "properties": {
   "field": {"$ref": "#/definitions/field"}, "processNum": {"type": "integer"},
   "tags": {"$ref": "#/definitions/tags"}, "value": {"$ref": "#/definitions/value"}}},
  "statItem": {"type": "object", "required": ["objType", "proxyId", "id", "field", "processNum", "tags", "value"],
   "properties": {"objType": {"enum": ["Frontend", "Backend", "Listener", "Server", "Unknown"]},
    "proxyId": {"type": "integer"}, "id": {"type": "integer"},
    "field": {"$ref": "#/definitions/field"}, "processNum": {"type": "integer"},
    "tags": {"$ref": "#/definitions/tags"}, "value": {"$ref": "#/definitions/value"}}}
 }
}
)json";

void append_csv_header(std::string& to) {
    to += "# ";
    for (std::size_t i = 0; i < kStatCount; ++i) {
        if (i == kFirstModuleStat) to += "-,";
        to += stat_fields()[i].name;
        to += ',';
    }
    to += '\n';
}

void append_csv_row(std::string& to, const Row& row) {
    for (std::size_t i = 0; i < kStatCount; ++i) {
        if (i == kFirstModuleStat) to += "-,";
        append_csv(to, row.values[i]);
        to += ',';
    }
    to += '\n';
}

namespace {

constexpr base::Release kPersistence{3, 3};

/// Totals of traffic, and rates; not what belongs to modules.
constexpr bool is_kept(Stat stat) {
    constexpr Stat kRanges[][2] = {{Stat::stot, Stat::wredis},         {Stat::lastchg, Stat::lastchg},
                                   {Stat::lbtot, Stat::lbtot},         {Stat::rate, Stat::rate},
                                   {Stat::hrsp_1xx, Stat::hrsp_other}, {Stat::req_rate, Stat::req_rate},
                                   {Stat::req_tot, Stat::lastsess},    {Stat::conn_rate, Stat::conn_rate},
                                   {Stat::conn_tot, Stat::cache_hits}, {Stat::eint, Stat::eint}};
    for (const auto& [first, last] : kRanges)
        if (stat >= first && stat <= last) return true;
    return false;
}

}  // namespace

void append_typed_row(std::string& to, const Row& row, bool describe, bool persistence) {
    constexpr char kLetters[] = {'F', 'B', 'S', 'L'};
    const std::string prefix =
        fmt::format("{}.{}.{}.", kLetters[static_cast<int>(row.kind)], row.number(Stat::iid), row.number(Stat::sid));
    for (std::size_t i = 0; i < kStatCount; ++i) {
        if (!row.values[i].present()) continue;
        const StatField& field = stat_fields()[i];
        to += prefix;
        to += std::to_string(i);
        to += '.';
        to += field.name;
        to += ".1:";
        to += field.tags_of(row.kind);
        if (persistence) to += is_kept(field.id) ? 'P' : 'V';
        to += ':';
        append_typed(to, row.values[i]);
        if (describe) to.append(":\"").append(field.description).append("\"");
        to += '\n';
    }
}

void append_json_row(std::string& to, const Row& row) {
    constexpr std::string_view kObjects[] = {"Frontend", "Backend", "Server", "Listener"};
    to += '[';
    bool first = true;
    for (std::size_t i = 0; i < kStatCount; ++i) {
        if (!row.values[i].present()) continue;
        const StatField& field = stat_fields()[i];
        to += fmt::format(R"({}{{"objType":"{}","proxyId":{},"id":{},"field":{{"pos":{},"name":"{}"}},"processNum":1,)",
                          first ? "" : ",", kObjects[static_cast<int>(row.kind)], row.number(Stat::iid),
                          row.number(Stat::sid), i, field.name);
        append_json_tags(to, field.tags_of(row.kind));
        to += ',';
        append_json(to, row.values[i]);
        to += '}';
        first = false;
    }
    to += ']';
}

void StatDump::append_row(std::string& to) {
    switch (format_) {
        case StatFormat::typed:
            return append_typed_row(to, walk_.row(), describe_, walk_.proxy().era >= kPersistence);
        case StatFormat::json:
            if (any_row_) to += ',';
            any_row_ = true;
            return append_json_row(to, walk_.row());
        default:
            return append_csv_row(to, walk_.row());
    }
}

bool StatDump::produce(std::string& to, std::uint64_t now_ms) {
    if (!begun_ && format_ == StatFormat::csv) append_csv_header(to);
    if (!begun_ && format_ == StatFormat::json) to += '[';
    begun_ = true;
    while (to.size() < kPieceSize) {
        const StatWalk::At at = walk_.next(now_ms);
        if (at == StatWalk::At::row) append_row(to);
        if (at != StatWalk::At::done) continue;
        if (format_ == StatFormat::json) to += ']';
        return false;
    }
    return true;
}

}  // namespace cfgproxy::control
