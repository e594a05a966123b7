#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/buffer.h"

namespace cfgproxy::http {

// The records of FastCGI 1.0, as a web server writes and reads them. A record is eight bytes (version, type, request
// id, length of content, length of padding, reserved) with content and padding behind them.

enum class FcgiType : std::uint8_t {
    begin_request = 1,
    abort_request,
    end_request,
    params,
    input,       ///< STDIN
    output,      ///< STDOUT
    error_text,  ///< STDERR
    data,
    get_values,
    get_values_result,
    unknown_type,
};

/// How a request was ended (END_REQUEST): by the application, or because it was never begun.
enum class FcgiEnd : std::uint8_t { complete, cannot_multiplex, overloaded, unknown_role };

constexpr std::size_t kFcgiHeader = 8;
constexpr std::size_t kFcgiMaxContent = 0xffff;  ///< of one record

/// The header of a record without padding, whose `length` bytes of content follow.
void append_fcgi_header(base::Buffer& to, FcgiType type, std::uint16_t id, std::size_t length);
/// BEGIN_REQUEST for a responder; `keep`: the application shall leave the connection open.
void append_fcgi_begin(base::Buffer& to, std::uint16_t id, bool keep);
/// GET_VALUES: asks how many requests at a time the application takes, and whether on one connection.
void append_fcgi_get_values(base::Buffer& to);

/// One parameter as it stands in PARAMS, with `name` in capitals and all but letters and digits as '_'.
void append_fcgi_parameter(std::string& to, std::string_view name, std::string_view value);
/// Takes the first parameter off `rest`; false if it is not there as a whole, or nothing is.
bool take_fcgi_parameter(std::string_view& rest, std::string_view& name, std::string_view& value);

/// Takes apart what an application sends, in pieces of any size. What concerns a request is told with its id, which may
/// be one that nobody knows any more. Thread-owned.
class FcgiReader {
  public:
    class Handler {
      public:
        virtual void on_value(std::string_view name, std::string_view value) = 0;
        /// The application has said all it had to say to what append_fcgi_get_values() asks, or does not know that.
        virtual void on_values_end() = 0;
        /// Empty: nothing more will come.
        virtual void on_output(std::uint16_t id, std::string_view bytes) = 0;
        /// A whole record, or as much of it as is kept.
        virtual void on_error_text(std::uint16_t id, std::string_view text) = 0;
        virtual void on_end(std::uint16_t id, FcgiEnd end) = 0;

      protected:
        ~Handler() = default;
    };

    /// `max_kept`: a record whose content is needed as a whole must not have more; of error texts the rest comes as
    /// another one.
    FcgiReader(Handler& handler, std::size_t max_kept) : handler_(handler), max_kept_(max_kept) {}
    /// The next record must be the answer to GET_VALUES.
    void expect_values() { values_first_ = true; }
    /// False: what comes is no FastCGI, or what nobody asked for; nothing more can be made of it.
    bool feed(std::string_view bytes);
    bool failed() const { return failed_; }

  private:
    bool begin_record();
    bool take_content(std::string_view bytes);
    bool end_record();
    bool read_values();
    bool fail() {
        failed_ = true;
        return false;
    }
    bool is(FcgiType type) const { return type_ == static_cast<std::uint8_t>(type); }

    Handler& handler_;
    std::size_t max_kept_;
    std::uint8_t header_[kFcgiHeader];
    std::uint8_t header_size_ = 0;  ///< bytes of the header that have come
    std::uint8_t type_ = 0;
    std::uint8_t padding_ = 0;
    std::uint16_t id_ = 0;
    std::size_t left_ = 0;    ///< of the content
    std::string kept_;        ///< content that is looked at as a whole
    bool in_record_ = false;  ///< the header is complete
    bool values_first_ = false, failed_ = false;
};

}  // namespace cfgproxy::http
