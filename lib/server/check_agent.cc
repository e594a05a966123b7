#include "server/check_agent.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "net/retire_connection.h"

namespace cfgproxy::server {
namespace {

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
    return std::any_of(words.begin(), words.end(), [&](std::string_view other) { return base::iequal(word, other); });
}

void take_word(std::string_view word, AgentReply& reply) {
    constexpr std::string_view kLimit = "maxconn:";
    if (is_one_of(word, {"up", "down", "stopped", "fail"})) {
        reply.health = base::iequal(word, "up") ? AgentReply::Health::up : AgentReply::Health::down;
        reply.health_word = word;
    } else if (is_one_of(word, {"ready", "drain", "maint"})) {
        reply.admin = word;
    } else if (base::is_digit(word[0]) && word.find('%') != word.npos) {
        reply.weight = word;
    } else if (base::istarts_with(word, kLimit)) {
        reply.max_connections = word.substr(kLimit.size());
    } else if (reply.unknown.empty()) {
        reply.unknown = word;
    }
}

}  // namespace

bool read_agent_reply(std::string_view text, AgentReply& reply) {
    const auto end = text.find_first_of("\r\n");
    if (end == text.npos) return false;
    text = text.substr(0, end);
    while (!text.empty()) {
        if (text[0] == ' ' || text[0] == '\t' || text[0] == ',') {
            text.remove_prefix(1);
            continue;
        }
        if (text[0] == '#') {
            text.remove_prefix(std::min(text.find_first_not_of(" \t", 1), text.size()));
            reply.description = text;
            break;
        }
        const auto length = std::min(text.find_first_of(" \t,", 1), text.size());
        take_word(text.substr(0, length), reply);
        text.remove_prefix(length);
    }
    return true;
}

std::uint32_t AgentProbe::interval() const {
    const model::AgentSettings& agent = server_->config().agent;
    return agent.inter_ms ? agent.inter_ms : server_->config().check.inter_ms;
}

void AgentProbe::on_timer() {
    if (connection_)
        finish();  // no answer is no opinion
    else if (server_->asks_agent())
        begin();
    else
        start_in(std::max<std::uint32_t>(interval(), 1));
}

void AgentProbe::begin() {
    const model::AgentSettings& agent = server_->config().agent;
    net::Address address = agent.address ? agent.address->ip : server_->address();
    if (!address.is_ip() || agent.port == 0) return finish();
    address.set_port(agent.port);
    int error = 0;
    const int fd = net::Connection::open_socket(address, error);
    if (fd < 0) return finish();
    began_us_ = loop_.now_us();
    text_ = server_->agent_text();
    sent_ = 0;
    connecting_ = true;
    connection_ = std::make_unique<net::Connection>(loop_, fd);
    connection_->set_owner(this);
    set(loop_, loop_.now_ms() + interval());
    net::set_stream_options(fd, false);
    if (connection_->start_connect(address.raw(), address.length()) == net::Io::failed) return finish();
    go_on();
}

void AgentProbe::go_on() {
    if (!connection_) return;
    if (connecting_) {
        const net::Io io = connection_->finish_connect();
        if (io == net::Io::failed) return finish();
        if (io == net::Io::again) return;
        connecting_ = false;
    }
    while (sent_ < text_.size()) {
        iovec piece{text_.data() + sent_, text_.size() - sent_};
        std::size_t moved = 0;
        const net::Io io = connection_->send(&piece, 1, moved);
        sent_ += moved;
        if (io == net::Io::failed) return finish();
        if (io == net::Io::again) return;
    }
    receive();
}

void AgentProbe::receive() {
    for (;;) {
        answer_.reserve();
        if (answer_.room() == 0) return finish();
        const net::Io io = connection_->receive(answer_);
        if (io == net::Io::again) return;
        AgentReply reply;
        if (read_agent_reply(answer_.view(), reply)) {
            backend_.agent_said(*server_, reply, static_cast<std::int64_t>((loop_.now_us() - began_us_) / 1000));
            return finish();
        }
        if (io != net::Io::ok) return finish();
    }
}

void AgentProbe::finish() {
    answer_.release();
    if (connection_) {
        if (connection_->peer_closed())
            connection_->close();
        else
            connection_->reset();
        net::retire_connection(loop_, std::move(connection_));
    }
    start_in(std::max<std::uint32_t>(interval(), 1));
}

}  // namespace cfgproxy::server
