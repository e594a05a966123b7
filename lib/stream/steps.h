#pragma once
#include "stream/stream.h"

namespace cfgproxy::stream {

// The stages of a stream, in the order of kHttpSteps and kTcpSteps (steps.cc). Each may be called again after a wait.

Flow wait_request(Stream& stream);  // steps_request.cc
Flow frontend_rules(Stream& stream);
Flow choose_backend(Stream& stream);
Flow backend_rules(Stream& stream);
Flow prepare_request(Stream& stream);
Flow tarpit(Stream& stream);

Flow pick_server(Stream& stream);  // steps_server.cc
Flow wait_in_queue(Stream& stream);
Flow connect(Stream& stream);
Flow send_request(Stream& stream);

Flow wait_response(Stream& stream);  // steps_response.cc
Flow response_rules(Stream& stream);
Flow send_response(Stream& stream);
Flow forward(Stream& stream);
Flow flush(Stream& stream);
Flow start_applet(Stream& stream);

Flow tcp_content(Stream& stream);  // steps_tcp.cc
Flow tcp_forward(Stream& stream);

// Shared between steps.

/// Persistence by cookie (manual 4.2, "cookie"): finds the server a request asks for, edits the request's and the
/// response's cookies. cookies.cc
void read_request_cookie(Stream& stream);
void write_response_cookie(Stream& stream);
/// The stream's log line, by the frontend's format and rules (httplog, dontlognull, dontlog-normal...). logging.cc
void write_log(Stream& stream, model::LogOrigin origin);
/// A line that a `do-log` rule asks for.
void write_rule_log(Stream& stream, model::LogOrigin origin, const model::LogProfile* profile);
/// The proxy's side of the server connection, if a format prints it.
void note_server_side(Stream& stream);
/// The slots of `capture` lines, and what goes into them; the cookies of `capture cookie`. captures.cc
void prepare_captures(Stream& stream);
void capture_request_headers(Stream& stream);
void capture_response_headers(Stream& stream);
void capture_request_cookie(Stream& stream);
void capture_response_cookie(Stream& stream);
/// The unique-id by `unique-id-format`, made when it is first asked for; and the header that carries it.
std::string_view make_unique_id(Stream& stream);
void add_unique_id_header(Stream& stream);
/// X-Forwarded-For and X-Original-To (manual 4.2, "option forwardfor", "option originalto").
void add_address_headers(Stream& stream);
/// Connection field and keep-alive decisions towards the server and towards the client.
void set_request_connection(Stream& stream);
void set_response_connection(Stream& stream);
void set_client_connection(Stream& stream);  ///< of any response, ours too

}  // namespace cfgproxy::stream
