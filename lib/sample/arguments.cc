#include "sample/arguments.h"

#include "base/spelling.h"

namespace cfgproxy::sample {
namespace {

struct KindName {
    std::string_view name;
    Argument::Kind kind;
};
using Kind = Argument::Kind;
using base::quoted;

/// As HAProxy's help names the types.
constexpr KindName kKinds[] = {
    {"IPv4 address", Kind::ip}, {"IPv4 mask", Kind::mask4},    {"IPv6 address", Kind::ip},   {"IPv6 mask", Kind::mask6},
    {"backend", Kind::backend}, {"delay", Kind::time},         {"frontend", Kind::frontend}, {"integer", Kind::sint},
    {"regex", Kind::regex},     {"server", Kind::server},      {"size", Kind::size},         {"string", Kind::string},
    {"table", Kind::table},     {"user list", Kind::userlist},
};

Kind kind_of(std::string_view type) {
    for (const auto& k : kKinds)
        if (k.name == type) return k.kind;
    return Kind::string;
}

/// Those that may be empty: what they mean is found out later, or an empty text is a text.
bool may_be_empty(Kind kind) {
    switch (kind) {
        case Kind::sint:
        case Kind::ip:
        case Kind::mask4:
        case Kind::mask6:
        case Kind::time:
        case Kind::size:
            return false;
        default:
            return true;
    }
}

net::Address mask_of_length(std::uint64_t bits, bool v6) {
    if (!v6) {
        in_addr mask;
        mask.s_addr = htonl(bits == 0 ? 0 : ~0u << (32 - bits));
        return net::Address::from_v4(mask);
    }
    in6_addr mask{};
    for (std::uint64_t i = 0; i < bits; ++i) mask.s6_addr[i / 8] |= static_cast<unsigned char>(0x80 >> (i % 8));
    return net::Address::from_v6(mask);
}

bool parse_mask(Argument& arg, bool v6) {
    if (auto bits = base::parse_uint(arg.text); bits && *bits <= (v6 ? 128u : 32u)) {
        arg.ip = mask_of_length(*bits, v6);
        return true;
    }
    auto ip = net::Address::parse_ip(arg.text);
    if (!ip || arg.text.starts_with('[') || arg.text == "*") return false;
    arg.ip = *ip;
    return ip->family() == (v6 ? AF_INET6 : AF_INET);
}

/// Fills number or ip from text; false if the text is no such thing.
bool parse_value(Argument& arg, std::string_view type) {
    switch (arg.kind) {
        case Kind::sint: {
            std::size_t used = 0;
            arg.number = leading_number(arg.text, &used);
            return used == arg.text.size();
        }
        case Kind::time: {
            auto ms = base::parse_duration(arg.text);
            arg.number = ms.value_or(0);
            return ms.has_value();
        }
        case Kind::size: {
            auto size = base::parse_size(arg.text);
            arg.number = static_cast<std::int64_t>(size.value_or(0));
            return size.has_value();
        }
        case Kind::ip: {
            auto ip = net::Address::parse_ip(arg.text);
            if (!ip || arg.text.starts_with('[') || arg.text == "*") return false;
            arg.ip = *ip;
            return ip->family() == (type == "IPv6 address" ? AF_INET6 : AF_INET);
        }
        case Kind::mask4:
        case Kind::mask6:
            return parse_mask(arg, arg.kind == Kind::mask6);
        default:
            return true;
    }
}

/// What a backslash and `c` stand for, 0 if nothing.
char escaped(char c) {
    switch (c) {
        case 'r':
            return '\r';
        case 'n':
            return '\n';
        case 't':
            return '\t';
        case '\\':
        case ' ':
        case '"':
        case '\'':
            return c;
        default:
            return 0;
    }
}

/// Takes one argument off the front of `text`, up to the ',' or ')' that ends it. False: a lone backslash at the end.
bool unquote(std::string_view text, std::size_t& at, std::string& to) {
    char quote = 0;
    for (; at < text.size(); ++at) {
        const char c = text[at];
        if ((c == '"' || c == '\'') && (quote == 0 || quote == c)) {
            quote = quote ? 0 : c;
        } else if (c == '\\' && quote != '\'') {
            if (at + 1 >= text.size()) return false;
            const char next = text[at + 1];
            const char meant = escaped(next);
            to += meant ? meant : c;  // a backslash before anything else is itself
            if (meant) ++at;
        } else if (!quote && (c == ',' || c == ')')) {
            break;
        } else {
            to += c;
        }
    }
    return true;
}

std::string at_position(std::string_view type, std::size_t position) {
    return "type '" + std::string(type) + "' at position " + std::to_string(position);
}

class Reader {
  public:
    Reader(std::string_view text, const Signature& signature, std::vector<Argument>& args)
        : text_(text), signature_(signature), args_(args) {}

    bool read(std::size_t& used, ArgumentError& error) {
        const bool good = read_list() && check_end();
        used = at_;
        if (!good) error = {std::move(problem_), position_};
        return good;
    }

  private:
    bool read_list() {
        has_list_ = text_.starts_with('(');
        if (has_list_) at_ = 1;
        if (signature_.types.empty() || (!has_list_ && signature_.required == 0)) return true;
        const std::string_view list = has_list_ ? text_ : std::string_view{};
        while (args_.size() < signature_.types.size()) {
            bool stop = false;
            if (!read_one(list, stop)) return false;
            if (stop || at_ >= list.size() || list[at_] == ')' || args_.size() == signature_.types.size()) break;
            ++at_;  // the comma
        }
        return true;
    }

    /// `stop`: an empty word where a number should stand ends the list if nothing more is required.
    bool read_one(std::string_view list, bool& stop) {
        const std::size_t index = args_.size();
        const std::string_view type = signature_.types[index];
        Argument arg;
        arg.kind = kind_of(type);
        position_ = static_cast<int>(index) + 1;
        if (!unquote(list, at_, arg.text)) {
            problem_ = "failed to parse " + quoted(list.substr(at_)) + " after " + quoted(arg.text) + " as " +
                       at_position(type, index + 1);
            return false;
        }
        if (arg.text.empty() && !may_be_empty(arg.kind)) {
            stop = true;
            if (static_cast<int>(index) >= signature_.required) return true;
            problem_ = "expected " + at_position(type, index + 1) + ", but got nothing";
            return false;
        }
        if (!parse_value(arg, type)) {
            problem_ = "failed to parse " + quoted(arg.text) + " as " + at_position(type, index + 1);
            return false;
        }
        args_.push_back(std::move(arg));
        return true;
    }

    bool check_end() {
        const int count = static_cast<int>(args_.size());
        if (count < signature_.required) {
            position_ = count + 1;
            problem_ = "missing arguments (got " + std::to_string(count) + "/" + std::to_string(signature_.required) +
                       "), type '" + std::string(signature_.types[count]) + "' expected";
            return false;
        }
        if (!has_list_) return true;
        if (at_ < text_.size() && text_[at_] == ')') {
            ++at_;
            return true;
        }
        position_ = count > 1 ? count : count + 1;
        problem_ = at_ < text_.size() ? "expected ')' before " + quoted(text_.substr(at_)) : "expected ')'";
        return false;
    }

    std::string_view text_;
    const Signature& signature_;
    std::vector<Argument>& args_;
    std::size_t at_ = 0;
    bool has_list_ = false;
    int position_ = 1;
    std::string problem_;
};

}  // namespace

std::string_view leading_name(std::string_view text) {
    std::size_t size = 0;
    while (size < text.size() && is_name_letter(text[size])) ++size;
    return text.substr(0, size);
}

Signature read_signature(std::string_view args) {
    Signature signature;
    bool optional = false;
    while (!args.empty()) {
        const std::size_t end = args.find_first_of(",[]");
        if (std::string_view type = args.substr(0, end); !type.empty()) {
            signature.types.push_back(type);
            if (!optional) ++signature.required;
        }
        if (end == args.npos) break;
        if (args[end] == '[') optional = true;
        args.remove_prefix(end + 1);
    }
    return signature;
}

bool read_arguments(std::string_view text, const Signature& signature, std::vector<Argument>& args, std::size_t& used,
                    ArgumentError& error) {
    return Reader(text, signature, args).read(used, error);
}

}  // namespace cfgproxy::sample
