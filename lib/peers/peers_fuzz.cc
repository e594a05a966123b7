// Two sessions of one process that hear what the fuzzer makes up: a hello, or what follows it.
#include <string>

#include "peers/test_host.h"

namespace {

using namespace cfgproxy;

model::StickTable layout(unsigned char kind) {
    constexpr std::uint32_t kLengths[] = {4, 4, 16, 31, 8};
    model::StickTable table;
    table.name = "t";
    table.key = static_cast<model::StickKey>(kind % 5);
    table.key_length = kLengths[kind % 5];
    table.size = 50;
    table.expire_ms = 100000;
    for (std::size_t i = 0; i < model::kStickDataTypes; ++i) {
        const auto& type = type_of(static_cast<model::StickData>(i));
        table.counts[i] = type.is_array ? 4 : 1;
        if (type.cell == model::StickCell::rate) table.periods[i] = 10000;
    }
    return table;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    using namespace cfgproxy::peers;
    if (size < 3) return 0;
    const unsigned char kind = data[0];
    const std::size_t piece = data[1] + 1u;
    TestHost host("A", layout(kind));
    host.most = 5;
    host.stopping = kind & 0x40;
    if (server::StickEntry* entry = host.table->get(std::string(host.table->key_length(), 'k')))
        host.table->touch_and_release(*entry);
    host.table->list_updates();
    std::string text(reinterpret_cast<const char*>(data + 2), size - 2);
    if (kind & 0x80) text.insert(0, "HAProxyS 2.1\nA\nB 1 1\n");
    if (kind & 0x20) {  // behind a definition of the table
        std::string message;
        append_frame(message, kDefine, host.shared().definition());
        text.insert(std::min<std::size_t>(text.size(), kind & 0x80 ? 21 : 0), message);
    }
    Session session(host);
    std::string input, output;
    for (std::size_t at = 0; at < text.size(); at += piece) {
        input += text.substr(at, piece);
        for (int turns = 0; turns < 50; ++turns) {
            const auto outcome = session.work(input, output);
            if (outcome == Session::Outcome::ended) return 0;
            if (session.peer() && session.peer()->lesson == Lesson::none && (kind & 0x10))
                session.peer()->lesson = Lesson::assigned;
            output.clear();
            if (outcome == Session::Outcome::waits) break;
        }
    }
    return 0;
}
