#include "sample/pattern.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/offline.h"
#include "base/text.h"
#include "sample/pattern_sets.h"
#include "sample/text_index.h"

namespace cfgproxy::sample {
namespace {

constexpr std::string_view kNames[] = {"found", "bool", "int", "ip",  "bin", "len",    "str",   "beg",
                                       "sub",   "dir",  "dom", "end", "reg", "method", "group", "version"};
constexpr int kWordKinds = 13;  // those that -m knows

/// `bool`: the value itself decides, patterns are not looked at.
class BooleanSet final : public PatternSet {
  public:
    std::int64_t find(const Value& value, base::Arena&) const override { return value.number != 0 ? 0 : -1; }
};

class RegexSet final : public PatternSet {
  public:
    static Compiled make(const Texts& texts, bool ignore_case, std::size_t& failed) {
        auto set = std::make_unique<RegexSet>();
        for (failed = 0; failed < texts.size(); ++failed) {
            auto regex = Regex::compile(texts[failed], ignore_case);
            if (!regex) return base::Error{regex.error()};
            set->regexes_.push_back(*regex);
        }
        return std::unique_ptr<PatternSet>(std::move(set));
    }
    std::int64_t find(const Value& value, base::Arena&) const override {
        for (std::size_t i = 0; i < regexes_.size(); ++i)
            if (regexes_[i]->matches(value.text)) return static_cast<std::int64_t>(i);
        return -1;
    }

    const Regex* regex(std::size_t index) const override { return regexes_[index].get(); }

  private:
    std::vector<std::shared_ptr<const Regex>> regexes_;
};

/// Known methods are compared as numbers; -i only counts for the others.
class MethodSet final : public PatternSet {
  public:
    MethodSet(const Texts& texts, bool ignore_case) : texts_(texts), ignore_case_(ignore_case) {
        for (auto text : texts) methods_.push_back(http::find_method(text));
    }
    std::int64_t find(const Value& value, base::Arena&) const override {
        for (std::size_t i = 0; i < texts_.size(); ++i) {
            if (methods_[i] != value.method) continue;
            if (value.method != http::Method::other || texts_[i] == value.text ||
                (ignore_case_ && base::iequal(texts_[i], value.text)))
                return static_cast<std::int64_t>(i);
        }
        return -1;
    }

  private:
    Texts texts_;
    std::vector<http::Method> methods_;
    bool ignore_case_;
};

/// Bytes written in hexadecimal.
class BinarySet final : public PatternSet {
  public:
    static Compiled make(const Texts& texts, std::size_t& failed) {
        auto set = std::make_unique<BinarySet>();
        for (failed = 0; failed < texts.size(); ++failed) {
            auto bytes = parse_hex(texts[failed]);
            if (!bytes) return base::Error{bytes.error()};
            set->bytes_.push_back(*bytes);
        }
        set->index_.build({set->bytes_.begin(), set->bytes_.end()});
        return std::unique_ptr<PatternSet>(std::move(set));
    }
    std::int64_t find(const Value& value, base::Arena&) const override { return index_.find(value.text); }

  private:
    std::vector<std::string> bytes_;
    HashIndex index_;
};

Compiled make_set(MatchKind kind, PatternSet::Flags flags, const Texts& texts, std::size_t& failed) {
    switch (kind) {
        case MatchKind::found:
        case MatchKind::boolean:
            return std::unique_ptr<PatternSet>(std::make_unique<BooleanSet>());
        case MatchKind::integer:
        case MatchKind::len:
        case MatchKind::version:
            return make_range_set(kind, texts, failed);
        case MatchKind::ip:
            return make_address_set(!flags.no_dns, texts, failed);
        case MatchKind::bin:
            return BinarySet::make(texts, failed);
        case MatchKind::reg:
            return RegexSet::make(texts, flags.ignore_case, failed);
        case MatchKind::method:
            return std::unique_ptr<PatternSet>(std::make_unique<MethodSet>(texts, flags.ignore_case));
        default:
            return make_text_set(kind, flags.ignore_case && kind != MatchKind::group, flags.first, texts);
    }
}

struct CloseFile {
    void operator()(FILE* file) const { std::fclose(file); }
};

bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// Splits a raw line as HAProxy does; false if there is no pattern on it.
bool read_line(std::string_view text, bool two_columns, FileLine& to) {
    if (text.starts_with('#')) return false;
    const auto ends = [](char c) { return c == '\r' || c == '\n' || c == '\0'; };
    text = text.substr(0, static_cast<std::size_t>(std::find_if(text.begin(), text.end(), ends) - text.begin()));
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    if (text.empty()) return false;
    auto end = two_columns ? text.find_first_of(" \t") : text.npos;
    to.key = text.substr(0, end);
    if (end == text.npos) return true;
    text.remove_prefix(end);
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    to.value = text;
    return true;
}

}  // namespace

std::string_view name_of(MatchKind kind) { return kNames[static_cast<int>(kind)]; }

bool find_match(std::string_view name, MatchKind& kind) {
    for (int i = 0; i < kWordKinds; ++i) {
        if (kNames[i] != name) continue;
        kind = static_cast<MatchKind>(i);
        return true;
    }
    return false;
}

base::Result<std::string> parse_hex(std::string_view text) {
    if (text.size() % 2 != 0) return base::Error{"an even number of hex digit is expected"};
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = base::hex_digit(text[i]), low = base::hex_digit(text[i + 1]);
        if (high < 0 || low < 0)
            return base::Error{std::string("an hex digit is expected (found '") + text[high < 0 ? i : i + 1] + "')"};
        bytes += static_cast<char>(high * 16 + low);
    }
    return bytes;
}

Type PatternSet::input_of(MatchKind kind) {
    switch (kind) {
        case MatchKind::found:
            return Type::any;
        case MatchKind::boolean:
        case MatchKind::integer:
        case MatchKind::version:
            return Type::sint;
        case MatchKind::ip:
            return Type::address;
        case MatchKind::bin:
            return Type::bin;
        case MatchKind::method:
            return Type::method;
        default:
            return Type::str;
    }
}

std::int64_t PatternSet::find_beside(const Value& value, base::Arena& arena, const Removed&) const {
    return find(value, arena);
}

std::string_view PatternSet::which(const Value& value, base::Arena& arena) const {
    const std::int64_t index = find(value, arena);
    return index < 0 || static_cast<std::size_t>(index) >= patterns_.size() ? std::string_view{} : patterns_[index];
}

base::Result<std::unique_ptr<PatternSet>> PatternSet::compile(MatchKind kind, Flags flags, const Texts& patterns,
                                                              std::size_t* failed) {
    TextBlock texts;
    Texts views = texts.make(patterns);
    std::size_t at = 0;
    auto set = make_set(kind, flags, views, at);
    if (failed) *failed = at;
    if (!set) return set;
    (*set)->texts_ = std::move(texts);  // the bytes stay where they are
    (*set)->patterns_ = std::move(views);
    return set;
}

base::Result<void> read_pattern_file(const std::string& name, bool two_columns,
                                     const std::function<void(const FileLine&)>& take) {
    // HAProxy 3.0: "file@" must be there, "opt@" may be, "virt@" never is. Nothing behind the @: it is part of the
    // name.
    const auto behind = [&name](std::string_view prefix) {
        return name.size() > prefix.size() && name.starts_with(prefix) ? prefix.size() : 0;
    };
    const bool optional = behind("opt@") > 0;
    if (behind("virt@") > 0) return {};
    const std::string path = name.substr(behind("file@") + behind("opt@"));
    std::unique_ptr<FILE, CloseFile> file(std::fopen(path.c_str(), "r"));
    if (!file && ((optional && errno == ENOENT) || base::may_be_elsewhere())) return {};
    if (!file) return base::Error{"failed to open pattern file <" + path + ">"};
    char* raw = nullptr;
    std::size_t capacity = 0;
    std::uint32_t number = 0;
    errno = 0;
    for (ssize_t size; (size = getline(&raw, &capacity, file.get())) >= 0;) {
        FileLine line{{}, {}, ++number};
        if (read_line({raw, static_cast<std::size_t>(size)}, two_columns, line)) take(line);
    }
    std::free(raw);
    if (std::ferror(file.get()))
        return base::Error{"error encountered while reading  <" + path + "> : " + std::strerror(errno)};
    return {};
}

}  // namespace cfgproxy::sample
