#include "http/fcgi.h"

#include <algorithm>

#include "base/letters.h"
#include "base/text.h"

namespace cfgproxy::http {
namespace {

constexpr char kVersion = 1;
constexpr char kResponder = 1;
constexpr std::size_t kEndSize = 8;  // of END_REQUEST's content

char high(std::size_t number) { return static_cast<char>(number >> 8 & 0xff); }
char low(std::size_t number) { return static_cast<char>(number & 0xff); }

/// Below 128 one byte, else four with the first bit set.
void append_length(std::string& to, std::size_t length) {
    if (length < 128) {
        to += low(length);
        return;
    }
    to += static_cast<char>(length >> 24 | 0x80);
    to += low(length >> 16);
    to += high(length);
    to += low(length);
}

bool take_length(std::string_view& rest, std::size_t& length) {
    if (rest.empty()) return false;
    const auto byte = [&](std::size_t at) { return static_cast<std::size_t>(static_cast<unsigned char>(rest[at])); };
    length = byte(0);
    if (length < 128) {
        rest.remove_prefix(1);
        return true;
    }
    if (rest.size() < 4) return false;
    length = (length & 0x7f) << 24 | byte(1) << 16 | byte(2) << 8 | byte(3);
    rest.remove_prefix(4);
    return true;
}

}  // namespace

void append_fcgi_header(base::Buffer& to, FcgiType type, std::uint16_t id, std::size_t length) {
    const char header[kFcgiHeader] = {
        kVersion, static_cast<char>(type), high(id), low(id), high(length), low(length), 0, 0};
    to.append({header, sizeof header});
}

void append_fcgi_begin(base::Buffer& to, std::uint16_t id, bool keep) {
    append_fcgi_header(to, FcgiType::begin_request, id, 8);
    const char content[8] = {0, kResponder, static_cast<char>(keep)};
    to.append({content, sizeof content});
}

void append_fcgi_get_values(base::Buffer& to) {
    std::string names;
    append_fcgi_parameter(names, "FCGI_MAX_REQS", {});
    append_fcgi_parameter(names, "FCGI_MPXS_CONNS", {});
    append_fcgi_header(to, FcgiType::get_values, 0, names.size());
    to.append(names);
}

void append_fcgi_parameter(std::string& to, std::string_view name, std::string_view value) {
    append_length(to, name.size());
    append_length(to, value.size());
    for (const char c : name) to += base::is_alnum(c) ? base::to_upper(c) : '_';
    to.append(value);
}

bool take_fcgi_parameter(std::string_view& rest, std::string_view& name, std::string_view& value) {
    std::string_view at = rest;
    std::size_t name_size, value_size;
    if (!take_length(at, name_size) || !take_length(at, value_size)) return false;
    if (at.size() < name_size || at.size() - name_size < value_size) return false;
    name = at.substr(0, name_size);
    value = at.substr(name_size, value_size);
    rest = at.substr(name_size + value_size);
    return true;
}

bool FcgiReader::feed(std::string_view bytes) {
    while (!bytes.empty() && !failed_) {
        if (!in_record_) {
            const std::size_t take = std::min(kFcgiHeader - header_size_, bytes.size());
            for (std::size_t i = 0; i < take; ++i) header_[header_size_++] = static_cast<std::uint8_t>(bytes[i]);
            bytes.remove_prefix(take);
            if (header_size_ < kFcgiHeader) break;
            if (!begin_record()) return false;
        } else if (left_ > 0) {
            const std::string_view content = bytes.substr(0, left_);
            bytes.remove_prefix(content.size());
            if (!take_content(content)) return false;
        } else {
            const std::size_t take = std::min<std::size_t>(padding_, bytes.size());
            padding_ = static_cast<std::uint8_t>(padding_ - take);
            bytes.remove_prefix(take);
        }
        if (in_record_ && left_ == 0 && padding_ == 0 && !end_record()) return false;
    }
    return !failed_;
}

/// As HAProxy, whatever version the header tells is read as ours.
bool FcgiReader::begin_record() {
    type_ = header_[1];
    id_ = static_cast<std::uint16_t>(header_[2] << 8 | header_[3]);
    left_ = static_cast<std::size_t>(header_[4] << 8 | header_[5]);
    padding_ = header_[6];
    header_size_ = 0;
    in_record_ = true;
    kept_.clear();
    const bool about_all = is(FcgiType::get_values_result) || is(FcgiType::unknown_type);
    if (values_first_ && (id_ != 0 || !about_all)) return fail();
    if (id_ == 0 && !about_all) return fail();
    if (is(FcgiType::end_request) && (left_ < kEndSize || left_ > max_kept_)) return fail();
    if (is(FcgiType::get_values_result) && left_ > max_kept_) return fail();
    if (is(FcgiType::output) && left_ == 0) handler_.on_output(id_, {});
    return true;
}

bool FcgiReader::take_content(std::string_view bytes) {
    left_ -= bytes.size();
    if (is(FcgiType::output)) {
        handler_.on_output(id_, bytes);
    } else if (is(FcgiType::error_text)) {
        while (!bytes.empty()) {
            const std::size_t take = std::min(max_kept_ - kept_.size(), bytes.size());
            kept_.append(bytes.substr(0, take));
            bytes.remove_prefix(take);
            if (kept_.size() < max_kept_) continue;
            handler_.on_error_text(id_, kept_);
            kept_.clear();
        }
    } else if (is(FcgiType::end_request) || is(FcgiType::get_values_result)) {
        kept_.append(bytes);
    }
    return true;
}

bool FcgiReader::end_record() {
    in_record_ = false;
    if (is(FcgiType::error_text) && !kept_.empty()) handler_.on_error_text(id_, kept_);
    if (is(FcgiType::end_request)) handler_.on_end(id_, static_cast<FcgiEnd>(kept_[4]));
    if (is(FcgiType::get_values_result) && !read_values()) return fail();
    if (!values_first_) return true;
    values_first_ = false;
    handler_.on_values_end();
    return true;
}

bool FcgiReader::read_values() {
    std::string_view rest = kept_, name, value;
    while (!rest.empty()) {
        if (!take_fcgi_parameter(rest, name, value)) return false;
        handler_.on_value(name, value);
    }
    return true;
}

}  // namespace cfgproxy::http
