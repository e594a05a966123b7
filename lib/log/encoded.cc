#include "log/encoded.h"

#include <charconv>

#include "log/encode.h"

namespace cfgproxy::log {
namespace {

using model::Template;
using Item = Template::Item;
using Encoding = Template::Encoding;
using Cast = Item::Cast;

/// A value on its way into an object.
struct Value {
    enum class Kind : std::uint8_t { none, text, encoded, bytes, number, boolean, list, raw } kind = Kind::none;
    std::string_view text;
    std::int64_t number = 0;
    std::span<const std::string_view> list;
};

class Json {
  public:
    explicit Json(std::string& out) : out_(out) {}
    void begin() { out_ += '{'; }
    void end() { out_ += '}'; }
    void key(std::string_view name, bool first) {
        if (!first) out_ += ", ";
        out_.append("\"").append(name).append("\": ");
    }
    void put(const Value& value, Cast cast) {
        switch (value.kind) {
            case Value::Kind::none:
                out_ += "null";
                break;
            case Value::Kind::raw:
                out_ += value.text;
                break;
            case Value::Kind::text:
            case Value::Kind::encoded:
            case Value::Kind::bytes:
                text(value.text);
                break;
            case Value::Kind::boolean:
                out_ += value.number ? "true" : "false";
                break;
            case Value::Kind::number:
                if (cast == Cast::boolean) {
                    out_ += value.number ? "true" : "false";
                } else if (cast == Cast::text) {
                    out_ += '"';
                    append_int(out_, value.number);
                    out_ += '"';
                } else {
                    append_int(out_, value.number);
                }
                break;
            case Value::Kind::list:
                out_ += '[';
                for (std::size_t i = 0; i < value.list.size(); ++i) {
                    if (i > 0) out_ += ", ";
                    std::string element;
                    if (value.list[i].data() == nullptr)
                        element = "-";
                    else
                        append_encoded(element, value.list[i], log::Encoding::capture);
                    text(element);
                }
                out_ += ']';
                break;
        }
    }

  private:
    void text(std::string_view t) {
        out_ += '"';
        for (char c : t) {
            if (c == '"' || c == '\\') out_ += '\\';
            out_ += c;
        }
        out_ += '"';
    }
    std::string& out_;
};

/// RFC 8949; written as pairs of hexadecimal digits unless bytes may stay bytes.
class Cbor {
  public:
    Cbor(std::string& out, bool binary) : out_(out), binary_(binary) {}
    void begin() { byte(0xbf); }
    void end() { byte(0xff); }
    void key(std::string_view name, bool) { text(name); }
    void put(const Value& value, Cast cast) {
        switch (value.kind) {
            case Value::Kind::none:
                byte(0xf6);
                break;
            case Value::Kind::raw:
                out_ += value.text;
                break;
            case Value::Kind::text:
                if (value.text.empty())
                    byte(0xf6);
                else
                    text(value.text);
                break;
            case Value::Kind::encoded:
                chunked(value.text, 0x60);
                break;
            case Value::Kind::bytes:
                chunked(value.text, 0x40);
                break;
            case Value::Kind::boolean:
                byte(value.number ? 0xf5 : 0xf4);
                break;
            case Value::Kind::number:
                if (cast == Cast::boolean)
                    byte(value.number ? 0xf5 : 0xf4);
                else if (value.number < 0)
                    head(0x20, static_cast<std::uint64_t>(-(value.number + 1)));
                else
                    head(0x00, static_cast<std::uint64_t>(value.number));
                break;
            case Value::Kind::list:
                byte(0x9f);
                for (std::string_view element : value.list) {
                    std::string encoded;
                    if (element.data() == nullptr)
                        encoded = "-";
                    else
                        append_encoded(encoded, element, log::Encoding::capture);
                    chunked(encoded, 0x60);
                }
                byte(0xff);
                break;
        }
    }

  private:
    void byte(unsigned value) {
        if (binary_)
            out_ += static_cast<char>(value);
        else
            append_hex(out_, value, 2);
    }
    void bytes(std::string_view t) {
        for (char c : t) byte(static_cast<unsigned char>(c));
    }
    void head(unsigned major, std::uint64_t value) {
        int size = value < 24 ? 0 : value < 0x100 ? 1 : value < 0x10000 ? 2 : value < 0x100000000 ? 4 : 8;
        if (size == 0) return byte(major | static_cast<unsigned>(value));
        byte(major | (size == 1 ? 24U : size == 2 ? 25U : size == 4 ? 26U : 27U));
        while (size-- > 0) byte(static_cast<unsigned>(value >> (8 * size)) & 0xff);
    }
    void text(std::string_view t) {
        head(0x60, t.size());
        bytes(t);
    }
    /// A text or bytes of a length that was not known beforehand.
    void chunked(std::string_view t, unsigned major) {
        byte(major | 0x1f);
        if (!t.empty()) {
            head(major, t.size());
            bytes(t);
        }
        byte(0xff);
    }
    std::string& out_;
    bool binary_;
};

Value value_of_tag(const Item& item, const Record& record, std::string& scratch) {
    Value value;
    if (item.tag->list) {
        value.list = item.tag->list(record);
        if (!value.list.empty()) value.kind = Value::Kind::list;
        return value;
    }
    scratch.clear();
    item.tag->print(record, item, scratch);
    std::string_view text = scratch;
    if (item.tag->shape == Tag::Shape::number && !item.hex) {
        if (text.starts_with('+')) text.remove_prefix(1);
        const auto read = std::from_chars(text.data(), text.data() + text.size(), value.number);
        if (read.ec == std::errc{} && read.ptr == text.data() + text.size()) {
            value.kind = Value::Kind::number;
            return value;
        }
    }
    value.text = text;
    value.kind = item.tag->shape == Tag::Shape::encoded ? Value::Kind::encoded : Value::Kind::text;
    if (item.tag->vanishes && text.empty()) value.kind = Value::Kind::none;
    return value;
}

Value value_of_expression(const Item& item, Encoding encoding, const sample::Context& context) {
    Value value;
    sample::Value found;
    const bool there = item.expression->evaluate(context, found) == sample::Found::yes;
    sample::Type type = sample::Type::str;
    if (item.cast == Cast::raw)
        type = sample::Type::bin;
    else if (item.cast == Cast::number)
        type = sample::Type::sint;
    else if (item.cast == Cast::boolean)
        type = sample::Type::boolean;
    else if (item.cast == Cast::same && there &&
             (found.type == sample::Type::sint || found.type == sample::Type::boolean ||
              (encoding == Encoding::cbor && found.type == sample::Type::bin)))
        type = found.type;
    if (!there || (found.type != type && !sample::cast(found, type, *context.arena))) {
        value.kind = Value::Kind::text;
        return value;
    }
    value.text = found.text;
    value.number = found.number;
    switch (type) {
        case sample::Type::sint:
            value.kind = Value::Kind::number;
            break;
        case sample::Type::boolean:
            value.kind = Value::Kind::boolean;
            break;
        case sample::Type::bin:
            value.kind = item.cast == Cast::raw ? Value::Kind::raw : Value::Kind::bytes;
            break;
        default:
            value.kind = Value::Kind::text;
    }
    return value;
}

template <class Writer>
void put_value(Writer writer, const Item& item, Encoding encoding, const Record& record,
               const sample::Context& context) {
    std::string scratch;
    const Value value = item.kind == Item::Kind::tag ? value_of_tag(item, record, scratch)
                                                     : value_of_expression(item, encoding, context);
    writer.put(value, item.cast);
}

template <class Writer>
void put_object(Writer writer, const Template& format, const Record& record, const sample::Context& context) {
    bool first = true;
    writer.begin();
    for (const Item& item : format.items) {
        if (item.kind == Item::Kind::literal || item.name.empty()) continue;
        writer.key(item.name, first);
        first = false;
        put_value(writer, item, format.encoding, record, context);
    }
    writer.end();
}

}  // namespace

void render_object(const Template& format, const Record& record, const sample::Context& context, std::string& out) {
    if (format.encoding == Template::Encoding::json)
        put_object(Json(out), format, record, context);
    else
        put_object(Cbor(out, format.binary), format, record, context);
}

void render_encoded(const Template::Item& item, Template::Encoding encoding, bool binary, const Record& record,
                    const sample::Context& context, std::string& out) {
    if (encoding == Template::Encoding::json)
        put_value(Json(out), item, encoding, record, context);
    else
        put_value(Cbor(out, binary), item, encoding, record, context);
}

}  // namespace cfgproxy::log
