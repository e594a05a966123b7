#include "http/h2.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <vector>

#include "http/h2_memory.h"

namespace cfgproxy::http {
namespace {

std::string_view text_of(const std::uint8_t* bytes, std::size_t size) {
    return {reinterpret_cast<const char*>(bytes), size};
}

std::uint8_t* bytes_of(std::string_view text) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
}

#ifdef __SANITIZE_ADDRESS__
nghttp2_mem* memory() { return nullptr; }  // the heap, so that stale pointers are found
#else
nghttp2_mem* memory() { return H2Memory::get(); }
#endif

constexpr std::size_t kFrameHead = 9;

constexpr std::uint8_t kBorrow = NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE;

/// nghttp2 copies the list, and with kBorrow not the texts: these stay until the frame is made.
template <class Fields>
std::span<const nghttp2_nv> native(const Fields& fields, std::uint8_t flags = kBorrow) {
    thread_local std::vector<nghttp2_nv> list;
    list.clear();
    for (const auto& field : fields)
        list.push_back({bytes_of(field.name), bytes_of(field.value), field.name.size(), field.value.size(), flags});
    return list;
}

}  // namespace

/// nghttp2's callbacks, one object for all connections.
struct H2Session::Callbacks {
    nghttp2_session_callbacks* table = nullptr;
    nghttp2_option* options = nullptr;

    Callbacks();
    ~Callbacks() {
        nghttp2_session_callbacks_del(table);
        nghttp2_option_del(options);
    }
    static const Callbacks& get() {
        static const Callbacks callbacks;
        return callbacks;
    }

    static H2Session& self(void* user) { return *static_cast<H2Session*>(user); }
    static H2Stream* stream_of(nghttp2_session* session, std::int32_t id) {
        return static_cast<H2Stream*>(nghttp2_session_get_stream_user_data(session, id));
    }
    /// What a callback returns for an error of one stream.
    static int refuse(nghttp2_session* session, std::int32_t id, H2Error why) {
        nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, id, static_cast<std::uint32_t>(why));
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }

    static int on_begin(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
        if (frame->hd.type != NGHTTP2_HEADERS) return 0;
        H2Session& h2 = self(user);
        h2.handler_->on_event(H2Event::headers_received);
        if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
        H2Stream* stream = h2.open_ < h2.max_streams_ ? h2.handler_->on_begin() : nullptr;
        if (!stream) {
            h2.handler_->on_event(H2Event::reset_sent);
            h2.note_glitch();
            return refuse(session, frame->hd.stream_id, H2Error::refused_stream);
        }
        stream->id_ = frame->hd.stream_id;
        ++h2.open_;
        nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, stream);
        return 0;
    }

    static int on_field(nghttp2_session* session, const nghttp2_frame* frame, const std::uint8_t* name,
                        std::size_t name_size, const std::uint8_t* value, std::size_t value_size, std::uint8_t,
                        void* user) {
        H2Stream* stream = stream_of(session, frame->hd.stream_id);
        if (!stream) return 0;
        const H2Error error =
            self(user).handler_->on_field(*stream, text_of(name, name_size), text_of(value, value_size));
        if (error == H2Error::no_error) return 0;
        if (error != H2Error::compression_error) return refuse(session, frame->hd.stream_id, error);
        self(user).fatal_ = error;
        return NGHTTP2_ERR_CALLBACK_FAILURE;
    }

    static void end_input(H2Session& h2, H2Stream& stream) {
        const H2Error error = h2.handler_->on_end(stream);
        if (error != H2Error::no_error) h2.reset(stream, error);
    }

    static void take_settings(H2Session& h2, const nghttp2_settings& settings) {
        // HAProxy counts the first ones of a connection twice.
        if (!h2.settled_) h2.handler_->on_event(H2Event::settings_received);
        for (const nghttp2_settings_entry& entry : std::span(settings.iv, settings.niv))
            if (entry.settings_id == NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE) h2.note_window(entry.value);
        h2.settled_ = true;
        h2.handler_->on_window(nullptr);
    }

    static int on_frame(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
        Handler& handler = *self(user).handler_;
        const bool end = frame->hd.flags & NGHTTP2_FLAG_END_STREAM;
        switch (frame->hd.type) {
            case NGHTTP2_HEADERS: {
                H2Stream* stream = stream_of(session, frame->hd.stream_id);
                if (!stream) return 0;
                const H2Error error = handler.on_fields_end(*stream, end);
                if (error != H2Error::no_error) {
                    nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id,
                                              static_cast<std::uint32_t>(error));
                    return 0;
                }
                if (end) end_input(self(user), *stream);
                return 0;
            }
            case NGHTTP2_DATA:
                handler.on_event(H2Event::data_received);
                if (H2Stream* stream = stream_of(session, frame->hd.stream_id); stream && end)
                    end_input(self(user), *stream);
                return 0;
            case NGHTTP2_WINDOW_UPDATE:
                if (frame->hd.stream_id == 0)
                    handler.on_window(nullptr);
                else if (H2Stream* stream = stream_of(session, frame->hd.stream_id))
                    handler.on_window(stream);
                return 0;
            case NGHTTP2_SETTINGS:
                handler.on_event(H2Event::settings_received);
                if (frame->hd.flags & NGHTTP2_FLAG_ACK) return 0;
                take_settings(self(user), frame->settings);
                return 0;
            case NGHTTP2_RST_STREAM:
                handler.on_event(H2Event::reset_received);
                if (H2Stream* stream = stream_of(session, frame->hd.stream_id)) {
                    stream->reset_by_peer_ = frame->rst_stream.error_code;
                    handler.on_reset(*stream);
                }
                return 0;
            case NGHTTP2_GOAWAY:
                handler.on_event(H2Event::go_away_received);
                handler.on_go_away(frame->goaway.last_stream_id);
                return 0;
            default:
                return 0;
        }
    }

    static int on_frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* user) {
        if (frame->hd.type == NGHTTP2_GOAWAY) self(user).note_end(static_cast<H2Error>(frame->goaway.error_code));
        if (frame->hd.type != NGHTTP2_RST_STREAM) return 0;
        self(user).remember_closed(frame->hd.stream_id, true);
        self(user).note_reset(static_cast<H2Error>(frame->rst_stream.error_code));
        return 0;
    }

    static int on_payload(nghttp2_session* session, std::uint8_t, std::int32_t id, const std::uint8_t* bytes,
                          std::size_t size, void* user) {
        // The connection's window is opened at once: what bounds memory is each stream's, and a stream that nobody
        // reads must not hold up the others.
        nghttp2_session_consume_connection(session, size);
        if (H2Stream* stream = stream_of(session, id))
            self(user).handler_->on_payload(*stream, text_of(bytes, size));
        else
            nghttp2_session_consume_stream(session, id, size);
        return 0;
    }

    static int on_close(nghttp2_session* session, std::int32_t id, std::uint32_t why, void* user) {
        self(user).remember_closed(id, false);
        if (H2Stream* stream = stream_of(session, id)) {
            nghttp2_session_set_stream_user_data(session, id, nullptr);
            if (self(user).server_) --self(user).open_;
            self(user).handler_->on_closed(*stream, static_cast<H2Error>(why));
        }
        return 0;
    }

    static ssize_t read_payload(nghttp2_session* session, std::int32_t id, std::uint8_t*, std::size_t max,
                                std::uint32_t* flags, nghttp2_data_source* source, void* user) {
        H2Session& h2 = self(user);
        H2Stream* stream = stream_of(session, id);
        if (!stream || h2.out_->size() >= h2.limit_) return NGHTTP2_ERR_DEFERRED;
        const Piece piece = h2.handler_->next_payload(*stream, max);
        if (piece.data.empty() && !piece.end) return NGHTTP2_ERR_DEFERRED;
        source->ptr = const_cast<char*>(piece.data.data());
        *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
        if (!piece.end) return static_cast<ssize_t>(piece.data.size());
        *flags |= NGHTTP2_DATA_FLAG_EOF;
        if (piece.trailers && piece.trailers->size()) {
            // They wait for the payload: their texts must not be borrowed.
            const auto list = native(*piece.trailers, NGHTTP2_NV_FLAG_NONE);
            if (nghttp2_submit_trailer(session, id, list.data(), list.size()) == 0)
                *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        }
        return static_cast<ssize_t>(piece.data.size());
    }

    /// The payload goes from where it lies straight behind the frame's head.
    static int send_payload(nghttp2_session* session, nghttp2_frame* frame, const std::uint8_t* head, std::size_t size,
                            nghttp2_data_source* source, void* user) {
        H2Session& h2 = self(user);
        h2.out_->append(text_of(head, kFrameHead));
        h2.out_->append({static_cast<const char*>(source->ptr), size});
        if (size > 0) h2.idle_frames_.give(kIdleFrames, 1);
        if (H2Stream* stream = stream_of(session, frame->hd.stream_id))
            h2.handler_->on_sent(*stream, size, frame->hd.flags & NGHTTP2_FLAG_END_STREAM);
        return 0;
    }
};

H2Session::Callbacks::Callbacks() {
    nghttp2_session_callbacks_new(&table);
    nghttp2_session_callbacks_set_on_begin_headers_callback(table, on_begin);
    nghttp2_session_callbacks_set_on_frame_send_callback(table, on_frame_sent);
    nghttp2_session_callbacks_set_on_header_callback(table, on_field);
    nghttp2_session_callbacks_set_on_frame_recv_callback(table, on_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(table, on_payload);
    nghttp2_session_callbacks_set_on_stream_close_callback(table, on_close);
    nghttp2_session_callbacks_set_send_data_callback(table, send_payload);
    nghttp2_option_new(&options);
    nghttp2_option_set_no_auto_window_update(options, 1);
    nghttp2_option_set_no_closed_streams(options, 1);
    nghttp2_option_set_stream_reset_rate_limit(options, 1u << 30, 1u << 30);  // look_at_frame() has its own
    nghttp2_option_set_no_http_messaging(options, 1);  // H2Head knows what servers and clients expect of us
}

H2Session::H2Session(Handler& handler, bool server, const H2Settings& settings)
    : handler_(&handler),
      server_(server),
      max_streams_(settings.max_streams),
      max_frame_(settings.max_frame),
      max_block_(settings.max_block),
      max_glitches_(settings.max_glitches) {
    const Callbacks& callbacks = Callbacks::get();
    nghttp2_session* made = nullptr;
    if (server)
        nghttp2_session_server_new3(&made, callbacks.table, this, callbacks.options, memory());
    else
        nghttp2_session_client_new3(&made, callbacks.table, this, callbacks.options, memory());
    session_.reset(made);
    nghttp2_settings_entry entries[6];
    std::size_t count = 0;
    const auto add = [&](std::int32_t id, std::uint32_t value, std::uint32_t standard) {
        if (value != standard) entries[count++] = {id, value};
    };
    if (!server) entries[count++] = {NGHTTP2_SETTINGS_ENABLE_PUSH, 0};
    add(NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, settings.header_table, 4096);
    add(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, settings.initial_window, 65535);
    add(NGHTTP2_SETTINGS_MAX_FRAME_SIZE, settings.max_frame, 16384);
    if (server && settings.extended_connect) add(NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1, 0);
    nghttp2_submit_settings(session_.get(), NGHTTP2_FLAG_NONE, entries, count);
    if (server) announce_limit();
    if (settings.reversed) turn_preface();
}

H2Session::H2Session(Handler& handler, H2Session&& other) : H2Session(std::move(other)) {
    handler_ = &handler;
    nghttp2_session_set_user_data(session_.get(), this);
}

void H2Session::Delete::operator()(nghttp2_session* session) const { nghttp2_session_del(session); }

/// The preface comes from the side that answers. nghttp2 wants it the other way round: one is made up for the side that
/// expects it, and the other one's is thrown away.
void H2Session::turn_preface() {
    if (server_) {
        settings_frame_.insert(0, kPreface);
        skip_ = 0;
        if (!give(kPreface)) broken_ = true;
        return;
    }
    const std::uint8_t* bytes = nullptr;
    if (nghttp2_session_mem_send(session_.get(), &bytes) != static_cast<ssize_t>(kPreface.size())) broken_ = true;
    preface_left_ = static_cast<std::uint32_t>(kPreface.size());
}

/// A stream too many is refused and the others go on, where nghttp2 would end the connection: it does not know of the
/// limit, which is put into its first frame behind its back.
void H2Session::announce_limit() {
    const std::uint8_t* bytes = nullptr;
    const auto size = nghttp2_session_mem_send(session_.get(), &bytes);
    if (size < 0) {
        broken_ = true;
        return;
    }
    settings_frame_ = text_of(bytes, static_cast<std::size_t>(size));
    const auto put = [&](std::uint32_t number, int width) {
        while (width-- > 0) settings_frame_ += static_cast<char>(number >> 8 * width);
    };
    put(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 2);
    put(max_streams_, 4);
    settings_frame_[2] = static_cast<char>(settings_frame_.size() - kFrameHead);
}

H2Session::~H2Session() = default;

/// False: the connection cannot go on.
bool H2Session::give(std::string_view bytes) {
    const auto used =
        nghttp2_session_mem_recv(session_.get(), reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    if (used >= 0) return !is_too_much() || fail(H2Error::enhance_your_calm);
    if (fatal_ != H2Error::no_error) return fail(fatal_);
    // A bad preface or a flood: what is queued may still say so.
    const bool flood = used == NGHTTP2_ERR_FLOODED || used == NGHTTP2_ERR_TOO_MANY_CONTINUATIONS;
    return fail(flood ? H2Error::enhance_your_calm : H2Error::protocol_error);
}

bool H2Session::fail(H2Error why) {
    nghttp2_session_terminate_session(session_.get(), static_cast<std::uint32_t>(why));
    broken_ = true;
    return false;
}

void H2Session::produce(base::Buffer& out, std::size_t limit) {
    out_ = &out;
    limit_ = limit;
    if (!settings_frame_.empty()) {
        out.append(settings_frame_);
        std::string().swap(settings_frame_);
    }
    const auto frame_all = [&] {
        for (;;) {
            const std::uint8_t* bytes = nullptr;
            const auto size = nghttp2_session_mem_send(session_.get(), &bytes);
            if (size < 0) broken_ = true;
            if (size <= 0) break;
            out.append(text_of(bytes, static_cast<std::size_t>(size)));
        }
    };
    frame_all();
    if (!broken_ && is_too_much()) {
        fail(H2Error::enhance_your_calm);
        frame_all();
    }
    out_ = nullptr;
}

bool H2Session::is_over() const {
    return broken_ || (!nghttp2_session_want_read(session_.get()) && !nghttp2_session_want_write(session_.get()));
}

bool H2Session::open(H2Stream& stream, std::span<const H2Field> fields, bool end) {
    const auto list = native(fields);
    nghttp2_data_provider provider{{.ptr = nullptr}, Callbacks::read_payload};
    const std::int32_t id =
        nghttp2_submit_request(session_.get(), nullptr, list.data(), list.size(), end ? nullptr : &provider, &stream);
    if (id < 0) return false;
    stream.id_ = id;
    return true;
}

void H2Session::answer(H2Stream& stream, std::span<const H2Field> fields, bool interim, bool end) {
    const auto list = native(fields);
    if (interim) {
        nghttp2_submit_headers(session_.get(), NGHTTP2_FLAG_NONE, stream.id_, nullptr, list.data(), list.size(),
                               nullptr);
        return;
    }
    nghttp2_data_provider provider{{.ptr = nullptr}, Callbacks::read_payload};
    nghttp2_submit_response(session_.get(), stream.id_, list.data(), list.size(), end ? nullptr : &provider);
}

void H2Session::resume(H2Stream& stream) { nghttp2_session_resume_data(session_.get(), stream.id_); }

void H2Session::consumed(H2Stream& stream, std::size_t bytes) {
    if (bytes && stream.id_) nghttp2_session_consume_stream(session_.get(), stream.id_, bytes);
}

void H2Session::reset(H2Stream& stream, H2Error why) {
    if (stream.id_)
        nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream.id_, static_cast<std::uint32_t>(why));
}

void H2Session::give_up_next(H2Error why) {
    const auto id = static_cast<std::int32_t>(nghttp2_session_get_next_stream_id(session_.get()));
    if (nghttp2_session_set_next_stream_id(session_.get(), id + 2) != 0) return;
    nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, id, static_cast<std::uint32_t>(why));
}

void H2Session::forget(H2Stream& stream) {
    if (!stream.id_ || nghttp2_session_get_stream_user_data(session_.get(), stream.id_) != &stream) return;
    nghttp2_session_set_stream_user_data(session_.get(), stream.id_, nullptr);
    if (server_) --open_;
}

void H2Session::announce_end() { nghttp2_submit_shutdown_notice(session_.get()); }

void H2Session::go_away(H2Error why) {
    nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE, last_request(), static_cast<std::uint32_t>(why), nullptr,
                          0);
}

void H2Session::ping() { nghttp2_submit_ping(session_.get(), NGHTTP2_FLAG_NONE, nullptr); }

std::size_t H2Session::room() const {
    if (broken_ || !nghttp2_session_check_request_allowed(session_.get())) return 0;
    return nghttp2_session_get_remote_settings(session_.get(), NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
}

bool H2Session::knows_connect() const {
    return nghttp2_session_get_remote_settings(session_.get(), NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL) == 1;
}

void H2Session::widen(H2Stream& stream, std::uint32_t bytes) {
    nghttp2_submit_window_update(session_.get(), NGHTTP2_FLAG_NONE, stream.id_, static_cast<std::int32_t>(bytes));
}

std::size_t H2Session::window(const H2Stream& stream) const {
    const auto of_stream = nghttp2_session_get_stream_remote_window_size(session_.get(), stream.id_);
    const auto of_all = nghttp2_session_get_remote_window_size(session_.get());
    return static_cast<std::size_t>(std::max(0, std::min(of_stream, of_all)));
}

}  // namespace cfgproxy::http
