#include <bit>
#include <cstring>

#include "base/text.h"
#include "keywords/sample_support.h"

/// Fields of binary messages: protocol buffers, alone or in gRPC frames, and FIX (manual 7.3.1).
namespace cfgproxy::keywords {
namespace {

std::uint8_t byte(std::string_view text, std::size_t at) { return static_cast<std::uint8_t>(text[at]); }

// --- protocol buffers ----------------------------------------------------------------------------------------

enum class Wire : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

enum class FieldType : std::int64_t { binary, varint, zigzag, unsigned32, signed32, any64, real32, real64 };

struct FieldTypeName {
    std::string_view name;
    FieldType type;
};
constexpr FieldTypeName kFieldTypes[] = {
    {"bool", FieldType::varint},        {"double", FieldType::real64}, {"enum", FieldType::varint},
    {"fixed32", FieldType::unsigned32}, {"fixed64", FieldType::any64}, {"float", FieldType::real32},
    {"int32", FieldType::varint},       {"int64", FieldType::varint},  {"sfixed32", FieldType::signed32},
    {"sfixed64", FieldType::any64},     {"sint32", FieldType::zigzag}, {"sint64", FieldType::zigzag},
    {"uint32", FieldType::varint},      {"uint64", FieldType::varint},
};

/// Seven bits a byte, the lowest first; at most ten bytes.
bool take_varint(std::string_view& rest, std::uint64_t& number) {
    number = 0;
    for (int shift = 0; shift <= 63 && !rest.empty(); shift += 7) {
        const std::uint8_t b = byte(rest, 0);
        rest.remove_prefix(1);
        number |= std::uint64_t{b & 0x7fu} << shift;
        if (!(b & 0x80)) return true;
    }
    return false;
}

template <class Number>
Number little_endian(std::string_view bytes) {
    Number number = 0;
    for (std::size_t i = sizeof(Number); i-- > 0;) number = static_cast<Number>(number << 8 | byte(bytes, i));
    return number;
}

/// One field off the front of a message.
struct Field {
    std::uint64_t number = 0;
    Wire wire = Wire::varint;
    std::string_view contents;  ///< without the length in front

    bool take(std::string_view& rest) {
        std::uint64_t key = 0, size = 0;
        if (!take_varint(rest, key)) return false;
        number = key >> 3;
        wire = static_cast<Wire>(key & 7);
        switch (wire) {
            case Wire::varint: {
                const std::string_view from = rest;
                if (!take_varint(rest, size)) return false;
                contents = from.substr(0, from.size() - rest.size());
                return true;
            }
            case Wire::bytes:
                if (!take_varint(rest, size)) return false;
                break;
            case Wire::fixed64:
                size = 8;
                break;
            case Wire::fixed32:
                size = 4;
                break;
            default:
                return false;
        }
        if (size > rest.size()) return false;
        contents = rest.substr(0, size);
        rest.remove_prefix(size);
        return true;
    }
};

/// Reals lose their fraction; those that no integer can hold become the nearest one.
std::int64_t whole(double number) {
    if (!(number > -9.2e18)) return number < 0 ? INT64_MIN : 0;
    return number < 9.2e18 ? static_cast<std::int64_t>(number) : INT64_MAX;
}

bool value_of(const Field& field, FieldType type, Value& value) {
    if (type == FieldType::binary) {
        value.set_bytes(field.contents);
        return true;
    }
    std::uint64_t number = 0;
    std::string_view rest = field.contents;
    switch (field.wire) {
        case Wire::varint:
            if ((type != FieldType::varint && type != FieldType::zigzag) || !take_varint(rest, number)) return false;
            if (type == FieldType::zigzag) number = (number >> 1) ^ (~(number & 1) + 1);
            break;
        case Wire::fixed64:
            if (type != FieldType::any64 && type != FieldType::real64) return false;
            number = little_endian<std::uint64_t>(rest);
            if (type == FieldType::real64) number = static_cast<std::uint64_t>(whole(std::bit_cast<double>(number)));
            break;
        case Wire::fixed32: {
            const auto bits = little_endian<std::uint32_t>(rest);
            if (type == FieldType::unsigned32)
                number = bits;
            else if (type == FieldType::signed32)
                number = static_cast<std::uint64_t>(static_cast<std::int32_t>(bits));
            else if (type == FieldType::real32)
                number = static_cast<std::uint64_t>(whole(std::bit_cast<float>(bits)));
            else
                return false;
            break;
        }
        default:
            return false;
    }
    value.set_int(static_cast<std::int64_t>(number));
    return true;
}

/// A path of field numbers, "1.2.3": all but the last are messages.
using FieldPath = std::vector<std::uint32_t>;

bool find_field(std::string_view message, std::span<const std::uint32_t> path, FieldType type, Value& value) {
    Field field;
    while (!message.empty() && field.take(message)) {
        if (field.number != path[0]) continue;
        if (path.size() == 1) return value_of(field, type, value);
        if (field.wire == Wire::bytes && find_field(field.contents, path.subspan(1), type, value)) return true;
    }
    return false;
}

const FieldPath& path_of(Arguments args) { return *static_cast<const FieldPath*>(args[0].object.get()); }
FieldType type_of(Arguments args) { return static_cast<FieldType>(has(args, 1) ? args[1].number : 0); }

bool convert_protobuf(const Context&, Arguments args, Value& value) {
    return find_field(value.text, path_of(args), type_of(args), value);
}

/// Frames of gRPC: a byte that says whether it is compressed, four bytes of length, a message.
bool convert_grpc(const Context&, Arguments args, Value& value) {
    std::string_view rest = value.text;
    while (rest.size() > 5) {
        const std::size_t size = std::size_t{byte(rest, 1)} << 24 | std::size_t{byte(rest, 2)} << 16 |
                                 std::size_t{byte(rest, 3)} << 8 | byte(rest, 4);
        rest.remove_prefix(5);
        if (size > rest.size()) return false;
        if (find_field(rest.substr(0, size), path_of(args), type_of(args), value)) return true;
        rest.remove_prefix(size);
    }
    return false;
}

base::Result<void> prepare_protobuf(std::vector<Argument>& args) {
    auto path = std::make_shared<FieldPath>();
    for (auto part : base::split(args[0].text, '.')) {
        const auto number = base::parse_uint(part);
        if (!number || *number > UINT32_MAX || path->size() == 32)
            return base::Error{"'" + args[0].text + "' is not a field number"};
        path->push_back(static_cast<std::uint32_t>(*number));
    }
    if (path->empty()) return base::Error{"a field number is expected"};
    args[0].object = std::move(path);
    if (args.size() < 2) return {};
    for (const auto& known : kFieldTypes) {
        if (known.name != args[1].text) continue;
        args[1].number = static_cast<std::int64_t>(known.type);
        return {};
    }
    return base::Error{"Wrong protocol buffer type '" + args[1].text + "'"};
}

// --- FIX -----------------------------------------------------------------------------------------------------

constexpr char kDelimiter = '\1';
constexpr std::uint32_t kBeginString = 8, kBodyLength = 9, kCheckSum = 10, kMessageType = 35, kSender = 49,
                        kTarget = 56;

struct FixVersion {
    std::string_view text;
    std::uint32_t last_tag;
};
constexpr FixVersion kVersions[] = {{"FIX.4.0", 140}, {"FIX.4.1", 211}, {"FIX.4.2", 446},
                                    {"FIX.4.3", 659}, {"FIX.4.4", 956}, {"FIXT.1.1", 1621}};

/// A tag's number; 0 if it is none that the version has. Those from 10000 to 19999 are free for all.
std::uint32_t tag_of(std::string_view text, const FixVersion* version = nullptr) {
    const auto number = base::parse_uint(text);
    if (!number || *number > UINT32_MAX) return 0;
    const auto tag = static_cast<std::uint32_t>(*number);
    return !version || tag <= version->last_tag || (tag >= 10000 && tag <= 19999) ? tag : 0;
}

enum class FixState : std::uint8_t { good, bad, unfinished };

/// "TAG=VALUE", both not empty, up to the delimiter, which is taken too.
struct FixField {
    std::string_view all, tag, value;

    FixState take(std::string_view& rest) {
        const std::size_t equal = rest.find('=');
        const std::size_t end = equal == rest.npos ? equal : rest.find(kDelimiter, equal);
        if (end == rest.npos) return FixState::unfinished;
        if (equal == 0 || end == equal + 1) return FixState::bad;
        all = rest.substr(0, end + 1), tag = rest.substr(0, equal), value = rest.substr(equal + 1, end - equal - 1);
        rest.remove_prefix(end + 1);
        return FixState::good;
    }
};

const FixVersion* version_of(std::string_view text) {
    for (const auto& version : kVersions)
        if (version.text == text) return &version;
    return nullptr;
}

/// The first three tags have their places, and the last one proves that nothing was changed on the way.
FixState check_fix(std::string_view message) {
    constexpr std::size_t kShortest = 26;
    if (message.size() < kShortest) return FixState::unfinished;
    const FixVersion* version = nullptr;
    std::string_view rest = message;
    std::uint64_t body_length = 0;
    std::size_t body = 0;
    std::uint8_t sum = 0;
    FixField field;
    for (int count = 1; !rest.empty(); ++count) {
        const std::size_t at = message.size() - rest.size();
        if (const FixState state = field.take(rest); state != FixState::good) return state;
        const std::uint32_t tag = tag_of(field.tag, version);
        if (tag == 0) return FixState::bad;
        if (count == 1) {
            version = version_of(field.value);
            if (tag != kBeginString || !version) return FixState::bad;
        } else if (count == 2) {
            body_length = base::parse_uint(field.value).value_or(0);
            if (tag != kBodyLength || body_length == 0) return FixState::bad;
            body = message.size() - rest.size();
        } else if (count == 3) {
            if (tag != kMessageType) return FixState::bad;
        } else if (tag == kCheckSum) {
            const auto written = base::parse_uint(field.value);
            const bool good = body_length == at - body && field.value.size() == 3 && written == sum;
            return good ? FixState::good : FixState::bad;
        }
        for (char c : field.all) sum = static_cast<std::uint8_t>(sum + static_cast<std::uint8_t>(c));
    }
    return FixState::unfinished;
}

bool convert_fix_is_valid(const Context&, Arguments, Value& value) {
    const FixState state = check_fix(value.text);
    if (state == FixState::unfinished) return false;
    value.set_bool(state == FixState::good);
    return true;
}

bool convert_fix_tag(const Context&, Arguments args, Value& value) {
    std::string_view rest = value.text;
    FixField field;
    while (field.take(rest) == FixState::good) {
        const std::uint32_t tag = tag_of(field.tag);
        if (tag == args[0].number) {
            value.set_bytes(field.value);
            return true;
        }
        if (tag == 0 || tag == kCheckSum) break;
    }
    return false;
}

base::Result<void> prepare_fix_tag(std::vector<Argument>& args) {
    struct Name {
        std::string_view name;
        std::uint32_t tag;
    };
    constexpr Name kNames[] = {{"BeginString", kBeginString}, {"BodyLength", kBodyLength}, {"CheckSum", kCheckSum},
                               {"MsgType", kMessageType},     {"SenderCompID", kSender},   {"TargetCompID", kTarget}};
    args[0].number = tag_of(args[0].text);
    for (const auto& known : kNames)
        if (base::iequal(known.name, args[0].text)) args[0].number = known.tag;
    if (args[0].number == 0) return base::Error{"Unknown FIX tag name '" + args[0].text + "'"};
    return {};
}

constexpr auto kDone = Support::done;
constexpr auto kBin = Type::bin;
constexpr std::string_view kFieldArgs = "Protocol buffers field number[,string]";

// clang-format off
constexpr Converter kTable[] = {
    {.name = "fix_is_valid", .in = kBin, .out = Type::boolean, .support = kDone, .run = convert_fix_is_valid, .since = "2.4"},
    {.name = "fix_tag_value", .args = "string", .in = kBin, .out = kBin, .support = kDone, .run = convert_fix_tag, .prepare = prepare_fix_tag, .since = "2.4"},
    {.name = "protobuf", .args = kFieldArgs, .in = kBin, .out = kBin, .support = kDone, .run = convert_protobuf, .prepare = prepare_protobuf, .since = "2.0"},
    {.name = "ungrpc", .args = kFieldArgs, .in = kBin, .out = kBin, .support = kDone, .run = convert_grpc, .prepare = prepare_protobuf, .since = "2.0"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Converter> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
