#pragma once
#include <cstdint>

#include "model/rule.h"

namespace cfgproxy::stream {

class Stream;
enum class Flow : std::uint8_t;

/// What the proxy answers with `status`: the backend's or the frontend's errorfile or errorloc, else the built-in
/// message. False for an empty error file: the connection is closed without a word.
bool make_error_reply(Stream& stream, std::uint16_t status, model::Reply& reply);

/// Ends the stream with the page that `wanted.status` has (Reply::error_page), its headers behind the page's own.
Flow answer_page(Stream& stream, const model::Reply& wanted, char cause, char state);

/// Sends a reply to the client with the framing and Connection field that the client's version asks for.
void send_reply(Stream& stream, const model::Reply& reply);

/// The answer to what could not become a request (400, 408, 414...), as HAProxy's lowest layer writes it.
void send_refusal(Stream& stream, std::uint16_t status);

/// A head's size as HAProxy counts it for logs and statistics: 20, the words of the start line, names and values of
/// fields, 1.
std::uint64_t content_size(const http::Request& head);
std::uint64_t content_size(const http::Response& head);

/// The proxy's own page for `status`, as it is without an error file: reason, body and headers.
void make_built_in_reply(base::Arena& arena, std::uint16_t status, model::Reply& reply);

/// The http-after-response rules over Stream::response.
bool run_after_response(Stream& stream);

}  // namespace cfgproxy::stream
