#include <optional>

#include "base/text.h"
#include "keywords/sample_support.h"

/// The first messages of MQTT 3.1, 3.1.1 and 5.0: CONNECT and CONNACK (manual 7.3.1).
namespace cfgproxy::keywords {
namespace {

/// Where a field or a property may stand.
enum Place : unsigned { kConnect = 1, kWill = 2, kConnack = 4 };
enum class Form : std::uint8_t { flag, byte, word, nonzero_word, number, nonzero_number, text, pair };

struct Property {
    std::uint8_t id;
    Form form;
    unsigned places;
};

/// Properties of version 5 (its section 2.2.2.2).
constexpr Property kProperties[] = {
    {1, Form::flag, kWill},
    {2, Form::number, kWill},
    {3, Form::text, kWill},
    {8, Form::text, kWill},
    {9, Form::text, kWill},
    {17, Form::number, kConnect | kConnack},
    {18, Form::text, kConnack},
    {19, Form::word, kConnack},
    {21, Form::text, kConnect | kConnack},
    {22, Form::text, kConnect | kConnack},
    {23, Form::flag, kConnect},
    {24, Form::number, kWill},
    {25, Form::flag, kConnect},
    {26, Form::text, kConnack},
    {28, Form::text, kConnack},
    {31, Form::text, kConnack},
    {33, Form::nonzero_word, kConnect | kConnack},
    {34, Form::word, kConnect | kConnack},
    {36, Form::flag, kConnack},
    {37, Form::flag, kConnack},
    {38, Form::pair, kConnect | kWill | kConnack},
    {39, Form::nonzero_number, kConnect | kConnack},
    {40, Form::flag, kConnack},
    {41, Form::flag, kConnack},
    {42, Form::flag, kConnack},
};
constexpr std::size_t kIds = 43;
constexpr std::uint8_t kAssignedId = 18, kMethodId = 21, kMethodDataId = 22;

const Property* property_of(std::uint8_t id) {
    for (const auto& property : kProperties)
        if (property.id == id) return &property;
    return nullptr;
}

/// A number or a text that was read.
struct Item {
    std::uint32_t number = 0;
    std::string_view text;
};

/// Takes pieces off the front of a message; `good` falls at the first one that is not all there.
struct Reader {
    std::string_view rest;
    bool good = true;

    std::uint32_t number(std::size_t size) {
        if (rest.size() < size) good = false;
        if (!good) return 0;
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < size; ++i) value = value << 8 | static_cast<std::uint8_t>(rest[i]);
        rest.remove_prefix(size);
        return value;
    }
    /// Seven bits a byte, at most four bytes.
    std::uint32_t length() {
        std::uint32_t value = 0;
        for (int shift = 0; shift < 28; shift += 7) {
            const std::uint32_t b = number(1);
            value |= (b & 127) << shift;
            if (!good || b < 128) return value;
        }
        good = false;
        return 0;
    }
    std::string_view bytes(std::size_t size) {
        if (rest.size() < size) good = false;
        if (!good) return {};
        const std::string_view part = rest.substr(0, size);
        rest.remove_prefix(size);
        return part;
    }
    std::string_view text() { return bytes(number(2)); }
};

struct Message {
    std::uint8_t type = 0;
    std::uint8_t version = 0, flags = 0, reason = 0;
    std::uint32_t keepalive = 0;
    std::string_view protocol, client, will_topic, will_payload, user, password;
    Item properties[kIds], will_properties[kIds];
};

/// One property's value; false if it is out of bounds.
bool read_property(Reader& in, Form form, Item& item) {
    switch (form) {
        case Form::flag:
            item.number = in.number(1);
            return item.number <= 1;
        case Form::byte:
            item.number = in.number(1);
            return true;
        case Form::word:
        case Form::nonzero_word:
            item.number = in.number(2);
            return form == Form::word || item.number != 0;
        case Form::number:
        case Form::nonzero_number:
            item.number = in.number(4);
            return form == Form::number || item.number != 0;
        case Form::text:
            item.text = in.text();
            return true;
        case Form::pair:
            in.text();
            item.text = in.text();
            return true;
    }
    return false;
}

/// The list of properties of version 5 at `place`: each once, but for the pairs of the user's own.
bool read_properties(Reader& in, unsigned place, Item (&items)[kIds]) {
    Reader list{in.bytes(in.length())};
    bool seen[kIds] = {};
    while (in.good && !list.rest.empty()) {
        const std::uint32_t id = list.number(1);
        const Property* property = property_of(static_cast<std::uint8_t>(id));
        if (!property || !(property->places & place)) return false;
        if (property->form != Form::pair && seen[id]) return false;
        seen[id] = true;
        if (!read_property(list, property->form, items[id]) || !list.good) return false;
        if (id == kAssignedId && items[id].text.empty()) return false;
    }
    return in.good;
}

constexpr std::uint8_t kReserved = 1, kHasWill = 4, kWillQos = 0x18, kWillRetain = 0x20, kHasPassword = 0x40,
                       kHasUser = 0x80;

bool read_connect(Reader& in, Message& m) {
    m.protocol = in.text();
    if (!base::iequal(m.protocol, "MQTT") && !base::iequal(m.protocol, "MQIsdp")) return false;
    m.version = static_cast<std::uint8_t>(in.number(1));
    m.flags = static_cast<std::uint8_t>(in.number(1));
    if (m.version < 3 || m.version > 5 || (m.flags & kReserved)) return false;
    if ((m.flags & (kHasWill | kWillQos | kWillRetain)) == kWillQos) return false;
    m.keepalive = in.number(2);
    if (m.version == 5 && !read_properties(in, kConnect, m.properties)) return false;
    if (m.properties[kMethodId].text.empty() && !m.properties[kMethodDataId].text.empty()) return false;
    m.client = in.text();
    if (m.version == 5 && (m.flags & kHasWill) && !read_properties(in, kWill, m.will_properties)) return false;
    if (m.flags & kHasWill) m.will_topic = in.text(), m.will_payload = in.text();
    if (m.flags & kHasUser) m.user = in.text();
    if (m.flags & kHasPassword) m.password = in.text();
    return in.good;
}

/// Whoever answers does not say in which version: version 5 has properties.
bool read_connack(Reader& in, Message& m) {
    m.version = in.rest.size() == 2 ? 4 : 5;
    m.flags = static_cast<std::uint8_t>(in.number(1));
    m.reason = static_cast<std::uint8_t>(in.number(1));
    if (!in.good || (m.flags & 0xfe)) return false;
    return m.version != 5 || read_properties(in, kConnack, m.properties);
}

enum class State : std::uint8_t { good, bad, unfinished };

constexpr std::string_view kTypes[] = {"",        "CONNECT",  "CONNACK",    "PUBLISH", "PUBACK",      "PUBREC",
                                       "PUBREL",  "PUBCOMP",  "SUBSCRIBE",  "SUBACK",  "UNSUBSCRIBE", "UNSUBACK",
                                       "PINGREQ", "PINGRESP", "DISCONNECT", "AUTH"};
constexpr std::uint8_t kConnectType = 1, kConnackType = 2;

/// The low half of the first byte is fixed for each type but PUBLISH (MQTT 5.0, 2.1.3).
bool are_flags_good(std::uint8_t type, std::uint32_t flags) {
    constexpr std::uint8_t kPublish = 3, kPubrel = 6, kSubscribe = 8, kUnsubscribe = 10;
    if (type == 0) return false;
    if (type == kPublish) return true;
    return flags == (type == kPubrel || type == kSubscribe || type == kUnsubscribe ? 2u : 0u);
}

State read_message(std::string_view bytes, Message& m) {
    if (bytes.size() < 2) return State::unfinished;
    Reader in{bytes};
    const std::uint32_t head = in.number(1);
    m.type = static_cast<std::uint8_t>(head >> 4);
    if (!are_flags_good(m.type, head & 15)) return State::bad;
    const std::uint32_t size = in.length();
    if (!in.good) return State::bad;
    if (in.rest.size() < size) return State::unfinished;
    const std::size_t before = in.rest.size();
    if (m.type != kConnectType && m.type != kConnackType) return State::bad;  // known only when it is whole
    const bool good = m.type == kConnectType ? read_connect(in, m) : read_connack(in, m);
    return good && before - in.rest.size() == size ? State::good : State::bad;
}

/// Fields with a name; properties go by their numbers.
struct Field {
    std::string_view name;
    unsigned places;
    std::uint32_t (*number)(const Message& m);
    std::string_view (*text)(const Message& m);
};

template <auto member>
std::uint32_t number_of(const Message& m) {
    return m.*member;
}
template <auto member>
std::string_view text_of(const Message& m) {
    return m.*member;
}

constexpr Field kFields[] = {
    {"client_identifier", kConnect, nullptr, text_of<&Message::client>},
    {"flags", kConnect | kConnack, number_of<&Message::flags>, nullptr},
    {"keepalive", kConnect, number_of<&Message::keepalive>, nullptr},
    {"password", kConnect, nullptr, text_of<&Message::password>},
    {"protocol_name", kConnect, nullptr, text_of<&Message::protocol>},
    {"protocol_version", kConnect | kConnack, number_of<&Message::version>, nullptr},
    {"reason_code", kConnack, number_of<&Message::reason>, nullptr},
    {"username", kConnect, nullptr, text_of<&Message::user>},
    {"will_payload", kConnect, nullptr, text_of<&Message::will_payload>},
    {"will_topic", kConnect, nullptr, text_of<&Message::will_topic>},
};
/// Numbers from here on stand for kFields.
constexpr std::int64_t kFirstField = 100;

bool answer(const Context& context, bool is_number, const Item& item, Value& value) {
    if (!is_number && item.text.empty()) return false;
    value.set_text(is_number ? sample::number_text(item.number, *context.arena) : item.text);
    return true;
}

bool convert_field(const Context& context, Arguments args, Value& value) {
    Message m;
    if (read_message(value.text, m) != State::good || m.type != args[0].number) return false;
    if (args[1].number >= kFirstField) {
        const Field& field = kFields[args[1].number - kFirstField];
        const Item item{field.number ? field.number(m) : 0, field.text ? field.text(m) : std::string_view{}};
        return answer(context, field.number != nullptr, item, value);
    }
    if (m.version != 5) return false;
    const auto id = static_cast<std::size_t>(args[1].number);
    const Property& property = *property_of(static_cast<std::uint8_t>(id));
    const bool of_will = m.type == kConnectType && !(property.places & kConnect);
    if (property.form == Form::pair || (of_will && !(m.flags & kHasWill))) return false;
    const bool is_number = property.form != Form::text;
    return answer(context, is_number, of_will ? m.will_properties[id] : m.properties[id], value);
}

/// Properties that are known for the packets which are never looked at: their files load all the same.
bool is_known_elsewhere(std::uint8_t type, std::int64_t id) {
    switch (type) {
        case 3:
            return id == 1 || id == 2 || id == 3 || id == 8 || id == 9 || id == 11 || id == 35 || id == 38;
        case 8:
            return id == 11 || id == 38;
        case 14:
            return id == 17 || id == 28 || id == 31 || id == 38;
        case 15:
            return id == 21 || id == 22 || id == 31 || id == 38;
        case 10:
            return id == 38;
        case 12:
        case 13:
            return false;
        default:
            return id == 31 || id == 38;
    }
}

/// The number that stands for a field's name in packets of the type; nothing if it has no such field.
std::optional<std::int64_t> field_of(std::uint8_t type, std::string_view name) {
    unsigned place = 0;
    if (type == kConnectType) place = kConnect | kWill;
    if (type == kConnackType) place = kConnack;
    for (std::size_t i = 0; i < std::size(kFields); ++i)
        if (base::iequal(kFields[i].name, name) && (kFields[i].places & place))
            return kFirstField + static_cast<std::int64_t>(i);
    const bool has_reason = (type >= 4 && type <= 7) || type == 14;
    if (has_reason && base::iequal(name, "reason_code")) return kFirstField;
    const auto id = base::parse_uint(name);
    if (!id || *id >= kIds) return {};
    const auto number = static_cast<std::int64_t>(*id);
    const Property* property = property_of(static_cast<std::uint8_t>(*id));
    if (place ? property && (property->places & place) : is_known_elsewhere(type, number)) return number;
    return {};
}

base::Result<void> prepare_field(std::vector<Argument>& args) {
    const auto number = base::parse_uint(args[0].text);
    std::size_t type = number && *number < std::size(kTypes) ? static_cast<std::size_t>(*number) : 0;
    for (std::size_t i = 1; i < std::size(kTypes); ++i)
        if (base::iequal(kTypes[i], args[0].text)) type = i;
    if (type == 0) return base::Error{"Unknown MQTT type '" + args[0].text + "'"};
    const auto field = field_of(static_cast<std::uint8_t>(type), args[1].text);
    if (!field)
        return base::Error{"Unknown MQTT field name '" + args[1].text + "' for packet type '" + args[0].text + "'"};
    args[0].number = static_cast<std::int64_t>(type);
    args[1].number = *field;
    return {};
}

bool convert_is_valid(const Context&, Arguments, Value& value) {
    Message m;
    const State state = read_message(value.text, m);
    if (state == State::unfinished) return false;
    value.set_bool(state == State::good);
    return true;
}

constexpr Converter kTable[] = {
    {.name = "mqtt_field_value",
     .args = "string,string",
     .in = Type::bin,
     .support = Support::done,
     .run = convert_field,
     .prepare = prepare_field,
     .since = "2.4"},
    {.name = "mqtt_is_valid",
     .in = Type::bin,
     .out = Type::boolean,
     .support = Support::done,
     .run = convert_is_valid,
     .since = "2.4"},
};
static_assert(base::well_formed(kTable));
const base::Table<Converter> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
