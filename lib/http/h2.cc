#include "http/h2.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace cfgproxy::http {
namespace {

std::string_view text_of(const std::uint8_t* bytes, std::size_t size) {
    return {reinterpret_cast<const char*>(bytes), size};
}

std::uint8_t* bytes_of(std::string_view text) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
}

/// Memory for nghttp2, which allocates a few small pieces per stream: they are kept by the thread, in classes of 32
/// bytes. In front of each piece stands its class.
class Memory {
  public:
    static nghttp2_mem* get() {
        static nghttp2_mem table{nullptr, allocate, release, allocate_zeroed, resize};
        return &table;
    }

  private:
    static constexpr std::size_t kUnit = 32, kHead = 16, kClasses = 32, kKeep = 512;
    struct Piece {
        Piece* next;
    };
    struct Lists {  // zeroed, as all of a thread's memory
        Piece* first[kClasses];
        std::size_t count[kClasses];
        ~Lists() {
            for (std::size_t i = 0; i < kClasses; ++i) {
                count[i] = kKeep;  // what is given back after the thread's end goes to the heap
                while (Piece* piece = first[i]) {
                    first[i] = piece->next;
                    std::free(piece);
                }
            }
        }
    };
    static inline thread_local Lists lists_;

    static void* allocate(std::size_t size, void*) {
        const std::size_t units = (size + kHead + kUnit - 1) / kUnit;
        Piece* piece = nullptr;
        if (units < kClasses && lists_.first[units]) {
            piece = lists_.first[units];
            lists_.first[units] = piece->next;
            --lists_.count[units];
        } else {
            piece = static_cast<Piece*>(std::malloc(units * kUnit));
            if (!piece) return nullptr;
        }
        std::memcpy(piece, &units, sizeof units);
        return reinterpret_cast<char*>(piece) + kHead;
    }
    static std::size_t units_of(void* memory) {
        std::size_t units;
        std::memcpy(&units, static_cast<char*>(memory) - kHead, sizeof units);
        return units;
    }
    static void release(void* memory, void*) {
        if (!memory) return;
        const std::size_t units = units_of(memory);
        auto* piece = reinterpret_cast<Piece*>(static_cast<char*>(memory) - kHead);
        if (units >= kClasses || lists_.count[units] >= kKeep) return std::free(piece);
        piece->next = lists_.first[units];
        lists_.first[units] = piece;
        ++lists_.count[units];
    }
    static void* allocate_zeroed(std::size_t count, std::size_t size, void*) {
        void* memory = allocate(count * size, nullptr);
        if (memory) std::memset(memory, 0, count * size);
        return memory;
    }
    static void* resize(void* memory, std::size_t size, void*) {
        if (!memory) return allocate(size, nullptr);
        const std::size_t room = units_of(memory) * kUnit - kHead;
        if (size <= room) return memory;
        void* larger = allocate(size, nullptr);
        if (!larger) return nullptr;
        std::memcpy(larger, memory, room);
        release(memory, nullptr);
        return larger;
    }
};

#ifdef __SANITIZE_ADDRESS__
nghttp2_mem* memory() { return nullptr; }  // the heap, so that stale pointers are found
#else
nghttp2_mem* memory() { return Memory::get(); }
#endif

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
        if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
        H2Stream* stream = self(user).handler_.on_begin();
        if (!stream) return refuse(session, frame->hd.stream_id, H2Error::refused_stream);
        stream->id_ = frame->hd.stream_id;
        nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, stream);
        return 0;
    }

    static int on_field(nghttp2_session* session, const nghttp2_frame* frame, const std::uint8_t* name,
                        std::size_t name_size, const std::uint8_t* value, std::size_t value_size, std::uint8_t,
                        void* user) {
        H2Stream* stream = stream_of(session, frame->hd.stream_id);
        if (!stream) return 0;
        const H2Error error =
            self(user).handler_.on_field(*stream, text_of(name, name_size), text_of(value, value_size));
        return error == H2Error::no_error ? 0 : refuse(session, frame->hd.stream_id, error);
    }

    static void end_input(H2Session& h2, H2Stream& stream) {
        const H2Error error = h2.handler_.on_end(stream);
        if (error != H2Error::no_error) h2.reset(stream, error);
    }

    static int on_frame(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
        Handler& handler = self(user).handler_;
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
                if (frame->hd.flags & NGHTTP2_FLAG_ACK) return 0;
                self(user).settled_ = true;
                handler.on_window(nullptr);
                return 0;
            case NGHTTP2_GOAWAY:
                handler.on_go_away(frame->goaway.last_stream_id);
                return 0;
            default:
                return 0;
        }
    }

    static int on_frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* user) {
        if (frame->hd.type != NGHTTP2_RST_STREAM) return 0;
        self(user).remember_closed(frame->hd.stream_id, true);
        // What the peer has made us do counts like what it does.
        const auto why = static_cast<H2Error>(frame->rst_stream.error_code);
        if (why == H2Error::protocol_error || why == H2Error::flow_control_error || why == H2Error::stream_closed)
            self(user).spend_reset();
        return 0;
    }

    static int on_payload(nghttp2_session* session, std::uint8_t, std::int32_t id, const std::uint8_t* bytes,
                          std::size_t size, void* user) {
        // The connection's window is opened at once: what bounds memory is each stream's, and a stream that nobody
        // reads must not hold up the others.
        nghttp2_session_consume_connection(session, size);
        if (H2Stream* stream = stream_of(session, id))
            self(user).handler_.on_payload(*stream, text_of(bytes, size));
        else
            nghttp2_session_consume_stream(session, id, size);
        return 0;
    }

    static int on_close(nghttp2_session* session, std::int32_t id, std::uint32_t why, void* user) {
        self(user).remember_closed(id, false);
        if (H2Stream* stream = stream_of(session, id)) {
            nghttp2_session_set_stream_user_data(session, id, nullptr);
            self(user).handler_.on_closed(*stream, static_cast<H2Error>(why));
        }
        return 0;
    }

    static ssize_t read_payload(nghttp2_session* session, std::int32_t id, std::uint8_t*, std::size_t max,
                                std::uint32_t* flags, nghttp2_data_source* source, void* user) {
        H2Session& h2 = self(user);
        H2Stream* stream = stream_of(session, id);
        if (!stream || h2.out_->size() >= h2.limit_) return NGHTTP2_ERR_DEFERRED;
        const Piece piece = h2.handler_.next_payload(*stream, max);
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
        constexpr std::size_t kFrameHead = 9;
        h2.out_->append(text_of(head, kFrameHead));
        h2.out_->append({static_cast<const char*>(source->ptr), size});
        if (H2Stream* stream = stream_of(session, frame->hd.stream_id))
            h2.handler_.on_sent(*stream, size, frame->hd.flags & NGHTTP2_FLAG_END_STREAM);
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
    nghttp2_option_set_stream_reset_rate_limit(options, 1u << 30, 1u << 30);  // spend_reset() has its own
    nghttp2_option_set_no_http_messaging(options, 1);  // H2Head knows what servers and clients expect of us
}

H2Session::H2Session(Handler& handler, bool server, const H2Settings& settings) : handler_(handler), server_(server) {
    const Callbacks& callbacks = Callbacks::get();
    if (server)
        nghttp2_session_server_new3(&session_, callbacks.table, this, callbacks.options, memory());
    else
        nghttp2_session_client_new3(&session_, callbacks.table, this, callbacks.options, memory());
    nghttp2_settings_entry entries[6];
    std::size_t count = 0;
    const auto add = [&](std::int32_t id, std::uint32_t value, std::uint32_t standard) {
        if (value != standard) entries[count++] = {id, value};
    };
    constexpr std::uint32_t kUnlimited = ~0u;
    if (!server) entries[count++] = {NGHTTP2_SETTINGS_ENABLE_PUSH, 0};
    add(NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, settings.header_table, 4096);
    add(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, settings.initial_window, 65535);
    if (server) add(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, settings.max_streams, kUnlimited);
    add(NGHTTP2_SETTINGS_MAX_FRAME_SIZE, settings.max_frame, 16384);
    if (server && settings.extended_connect) add(NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1, 0);
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, entries, count);
}

H2Session::~H2Session() { nghttp2_session_del(session_); }

/// False: the connection cannot go on.
bool H2Session::give(std::string_view bytes) {
    const auto used =
        nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    if (used >= 0) return true;
    // A bad preface or a flood: what is queued may still say so.
    const bool flood = used == NGHTTP2_ERR_FLOODED || used == NGHTTP2_ERR_TOO_MANY_CONTINUATIONS;
    return fail(flood ? H2Error::enhance_your_calm : H2Error::protocol_error);
}

bool H2Session::fail(H2Error why) {
    nghttp2_session_terminate_session(session_, static_cast<std::uint32_t>(why));
    broken_ = true;
    return false;
}

/// nghttp2 ignores what comes on streams that are no more, so the heads of frames are looked at on their way.
bool H2Session::feed(std::string_view bytes) {
    if (broken_) return false;
    std::size_t given = 0;
    for (std::size_t seen = 0; server_ && seen < bytes.size();) {
        if (skip_ > 0) {
            const std::size_t now = std::min<std::size_t>(skip_, bytes.size() - seen);
            skip_ -= static_cast<std::uint32_t>(now);
            seen += now;
            continue;
        }
        head_[head_size_++] = static_cast<std::uint8_t>(bytes[seen++]);
        if (head_size_ < head_.size()) continue;
        head_size_ = 0;
        skip_ = static_cast<std::uint32_t>(head_[0] << 16 | head_[1] << 8 | head_[2]);
        if (head_[3] == NGHTTP2_RST_STREAM && !spend_reset()) return fail(H2Error::enhance_your_calm);
        if (head_[3] != NGHTTP2_DATA && head_[3] != NGHTTP2_HEADERS) continue;
        if (resets_ == 0) return fail(H2Error::enhance_your_calm);
        // What came before it decides what it means.
        if (!give(bytes.substr(given, seen - given))) return false;
        given = seen;
        if (const H2Error error = judge_frame(); error != H2Error::no_error) return fail(error);
    }
    return give(bytes.substr(given));
}

namespace {
constexpr std::uint32_t kResetByUs = 1u << 31;
}

/// Streams that are begun to be reset at once cost more than they look (CVE-2023-44487): some at a time, and so many a
/// second. False: it is too many.
bool H2Session::spend_reset() {
    if (!server_) return true;
    const auto now =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now().time_since_epoch());
    const std::int64_t passed = std::min<std::int64_t>(now.count() - resets_since_, kResetBurst / kResetsPerSecond + 1);
    resets_since_ = now.count();
    resets_ = std::min(resets_ + static_cast<std::uint32_t>(passed) * kResetsPerSecond, kResetBurst);
    if (resets_ > 0) --resets_;
    return resets_ > 0;
}

void H2Session::remember_closed(std::int32_t id, bool reset_by_us) {
    if (!server_) return;
    const auto entry = static_cast<std::uint32_t>(id);
    // A reset is told of twice: when it is sent, and when that has closed the stream.
    if ((closed_[(closed_at_ + closed_.size() - 1) % closed_.size()] & ~kResetByUs) == entry) return;
    closed_[closed_at_] = entry | (reset_by_us ? kResetByUs : 0);
    closed_at_ = (closed_at_ + 1) % closed_.size();
}

/// The connection's error, or none, for a head of DATA or HEADERS.
H2Error H2Session::judge_frame() {
    const bool is_head = head_[3] == NGHTTP2_HEADERS;
    const std::int32_t id = (head_[5] & 0x7f) << 24 | head_[6] << 16 | head_[7] << 8 | head_[8];
    if (id == 0 || id % 2 == 0) return H2Error::no_error;
    if (id > last_opened_) {
        if (is_head) last_opened_ = id;
        return H2Error::no_error;
    }
    nghttp2_stream* alive = nghttp2_session_find_stream(session_, id);
    if (alive && nghttp2_stream_get_state(alive) != NGHTTP2_STREAM_STATE_IDLE) return H2Error::no_error;
    const auto entry = static_cast<std::uint32_t>(id);
    const auto known =
        std::find_if(closed_.begin(), closed_.end(), [&](std::uint32_t one) { return (one & ~kResetByUs) == entry; });
    // One that was skipped, or is long gone.
    if (known == closed_.end()) return is_head ? H2Error::protocol_error : H2Error::no_error;
    return *known & kResetByUs ? H2Error::no_error : H2Error::stream_closed;
}

void H2Session::produce(base::Buffer& out, std::size_t limit) {
    out_ = &out;
    limit_ = limit;
    for (;;) {
        const std::uint8_t* bytes = nullptr;
        const auto size = nghttp2_session_mem_send(session_, &bytes);
        if (size < 0) broken_ = true;
        if (size <= 0) break;
        out.append(text_of(bytes, static_cast<std::size_t>(size)));
    }
    out_ = nullptr;
}

bool H2Session::is_over() const {
    return broken_ || (!nghttp2_session_want_read(session_) && !nghttp2_session_want_write(session_));
}

bool H2Session::open(H2Stream& stream, std::span<const H2Field> fields, bool end) {
    const auto list = native(fields);
    nghttp2_data_provider provider{{.ptr = nullptr}, Callbacks::read_payload};
    const std::int32_t id =
        nghttp2_submit_request(session_, nullptr, list.data(), list.size(), end ? nullptr : &provider, &stream);
    if (id < 0) return false;
    stream.id_ = id;
    return true;
}

void H2Session::answer(H2Stream& stream, std::span<const H2Field> fields, bool interim, bool end) {
    const auto list = native(fields);
    if (interim) {
        nghttp2_submit_headers(session_, NGHTTP2_FLAG_NONE, stream.id_, nullptr, list.data(), list.size(), nullptr);
        return;
    }
    nghttp2_data_provider provider{{.ptr = nullptr}, Callbacks::read_payload};
    nghttp2_submit_response(session_, stream.id_, list.data(), list.size(), end ? nullptr : &provider);
}

void H2Session::resume(H2Stream& stream) { nghttp2_session_resume_data(session_, stream.id_); }

void H2Session::consumed(H2Stream& stream, std::size_t bytes) {
    if (bytes && stream.id_) nghttp2_session_consume_stream(session_, stream.id_, bytes);
}

void H2Session::reset(H2Stream& stream, H2Error why) {
    if (stream.id_) nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream.id_, static_cast<std::uint32_t>(why));
}

void H2Session::forget(H2Stream& stream) {
    if (stream.id_) nghttp2_session_set_stream_user_data(session_, stream.id_, nullptr);
}

void H2Session::announce_end() { nghttp2_submit_shutdown_notice(session_); }

void H2Session::go_away(H2Error why) {
    nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session_),
                          static_cast<std::uint32_t>(why), nullptr, 0);
}

std::size_t H2Session::room() const {
    if (broken_ || !nghttp2_session_check_request_allowed(session_)) return 0;
    return nghttp2_session_get_remote_settings(session_, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
}

bool H2Session::knows_connect() const {
    return nghttp2_session_get_remote_settings(session_, NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL) == 1;
}

void H2Session::widen(H2Stream& stream, std::uint32_t bytes) {
    nghttp2_submit_window_update(session_, NGHTTP2_FLAG_NONE, stream.id_, static_cast<std::int32_t>(bytes));
}

std::size_t H2Session::window(const H2Stream& stream) const {
    const auto of_stream = nghttp2_session_get_stream_remote_window_size(session_, stream.id_);
    const auto of_all = nghttp2_session_get_remote_window_size(session_);
    return static_cast<std::size_t>(std::max(0, std::min(of_stream, of_all)));
}

}  // namespace cfgproxy::http
