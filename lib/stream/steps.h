#pragma once
#include "stream/stream.h"

namespace cfgproxy::stream {

/// Tells what this exchange's server did, if anybody wants to know (`observe`).
inline void observe(Stream& s, server::Observed what) {
    if (s.server && s.server->observes()) s.be->observed(*s.server, what);
}

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

Flow frontend_content(Stream& stream);  // steps_content.cc
Flow backend_content(Stream& stream);

Flow tcp_content(Stream& stream);  // steps_tcp.cc
Flow tcp_persistence(Stream& stream);
Flow tcp_forward(Stream& stream);

// Shared between steps.

/// tcp-request content rules of one proxy; tcp-response content rules of the backend, `end` being the server's.
Flow inspect_request(Stream& stream, const model::Proxy& proxy);
Flow inspect_response(Stream& stream, EndH1* end);
/// force-persist and ignore-persist, use-server, stick tables and persist rdp-cookie: who is asked for before
/// balancing. stickiness.cc
void apply_persist_rules(Stream& stream);
void choose_persistent(Stream& stream);
/// `stick store-*`: remembers the server that was chosen.
void store_stickiness(Stream& stream);
/// What tracked stick table entries count: a request, one that is the client's fault, an answer by its status.
void count_request(Stream& stream);
void count_client_error(Stream& stream);
void count_status(Stream& stream, std::uint16_t status);
/// Which of hrsp_1xx to hrsp_5xx counts a status; 0: hrsp_other.
inline std::size_t status_class(int status) { return status >= 100 && status < 600 ? status / 100 : 0; }
/// Sends the request again if `retry-on` has the reason (model::RetryOn) and there is a retry left: true then, and
/// `flow` is how to go on. steps_server.cc
bool try_again(Stream& stream, std::uint32_t reason, Flow& flow);
/// What goes with the request for an upgrade; its answer must fit (false: it does not). websocket.cc
void prepare_upgrade(Stream& stream);
bool settle_upgrade(Stream& stream);
/// The part of the request's payload that an earlier attempt took from the client. True when all of it is sent.
bool send_replay(Stream& stream);

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
/// A cache may keep the response, and it sets a cookie that the cache would keep with it (RFC 9111 section 3, as
/// HAProxy sees it). cacheable.cc
bool offers_cookie_to_caches(const Stream& stream);
bool may_be_cached(const Stream& stream);
/// What the rules of the backend's FastCGI application make of the request (`set-param`, `pass-header`), whatever the
/// server will speak, and of its response. fcgi_request.cc
void apply_fcgi_rules(Stream& stream);
void dress_fcgi_response(Stream& stream);
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
/// The stronger wish of frontend and backend (`option httpclose` and its kin, or the era's default).
model::ConnectionMode connection_mode(const Stream& stream);
/// Connection field and keep-alive decisions towards the server and towards the client.
void set_request_connection(Stream& stream);
void set_response_connection(Stream& stream);
void set_reply_connection(Stream& stream);  ///< of a response of our own

}  // namespace cfgproxy::stream
