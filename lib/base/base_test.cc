#include <catch2/catch.hpp>

#include <thread>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/free_pieces.h"
#include "base/hash.h"
#include "base/letters.h"
#include "base/list.h"
#include "base/spelling.h"
#include "base/table.h"
#include "base/text.h"

using namespace cfgproxy::base;

TEST_CASE("durations follow the manual's units") {
    CHECK(parse_duration("30s") == 30000);
    CHECK(parse_duration("1m") == 60000);
    CHECK(parse_duration("500") == 500);
    CHECK(parse_duration("5", Unit::s) == 5000);
    CHECK(parse_duration("1us") == 1);
    CHECK(parse_duration("24d") == 24 * 86400000ll);
    CHECK(!parse_duration("25d"));  // over 2^31-1 ms
    CHECK(!parse_duration(""));
    CHECK(!parse_duration("s"));
    CHECK(!parse_duration("1x"));
    CHECK(!parse_duration("-1s"));
}

TEST_CASE("sizes take k, m and g") {
    CHECK(parse_size("16k") == 16384);
    CHECK(parse_size("1G") == 1ull << 30);
    CHECK(parse_size("7") == 7);
    CHECK(!parse_size("k"));
    CHECK(!parse_size("20000000000g"));
}

TEST_CASE("the nearest word is found, and nothing far-fetched") {
    std::vector<std::string_view> words{"balance", "server", "timeout", "option"};
    CHECK(nearest("blaance", words) == "balance");
    CHECK(nearest("timout", words) == "timeout");
    CHECK(nearest("xyzzy", words).empty());
}

TEST_CASE("an arena keeps what it copied until reset") {
    Arena arena;
    auto a = arena.copy("hello");
    auto big = arena.bytes(100000);
    big[99999] = 'x';
    auto b = arena.concat("a", std::string_view("bc"), "");
    CHECK(a == "hello");
    CHECK(b == "abc");
    arena.reset();
    CHECK(arena.empty());
}

TEST_CASE("a buffer grows, compacts and gives its block back") {
    Buffer buffer;
    CHECK(buffer.capacity() == 0);
    buffer.append("0123456789");
    buffer.consume(4);
    CHECK(buffer.view() == "456789");
    buffer.append(std::string(20000, 'x'));
    CHECK(buffer.size() == 20006);
    CHECK(buffer.view().substr(0, 7) == "456789x");
    buffer.consume(20006);
    buffer.release_if_empty();
    CHECK(buffer.capacity() == 0);
}

struct Item {
    int value = 0;
    Link link;
};

TEST_CASE("an intrusive list keeps order and forgets the dead") {
    List<Item, &Item::link> list;
    Item a;
    a.value = 1;
    {
        Item b;
        b.value = 2;
        list.push_back(a);
        list.push_back(b);
        CHECK(list.size() == 2);
        CHECK(list.next(a)->value == 2);
    }
    CHECK(list.size() == 1);
    CHECK(list.pop_front()->value == 1);
    CHECK(list.empty());
}

TEST_CASE("XXH3 of long texts") {
    std::string text;
    for (int i = 0; i < 3000; ++i) text += static_cast<char>('a' + i % 23);
    CHECK(static_cast<std::int64_t>(hash_xxh3(text, 0)) == 5192843680497687306);
    CHECK(static_cast<std::int64_t>(hash_xxh3(text.substr(0, 500), 7)) == -5731276040583829941);
}

TEST_CASE("letters and digits are those of ASCII") {
    std::string found, unreserved;
    for (int c = 0; c < 256; ++c) {
        if (is_alnum(static_cast<char>(c))) found += static_cast<char>(c);
        if (is_unreserved(static_cast<char>(c)) && !is_alnum(static_cast<char>(c))) unreserved += static_cast<char>(c);
    }
    CHECK(found == "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
    CHECK(unreserved == "-._~");
    CHECK(is_alpha('Z'));
    CHECK_FALSE(is_alpha('['));
}

TEST_CASE("words are spelled as people write them") {
    CHECK(spelled_word("plain") == "plain");
    CHECK(spelled_word("a $b\"") == "\"a \\$b\\\"\"");
    CHECK(spelled_word("") == "\"\"");
    CHECK(quoted("x y") == "'x y'");
}

namespace {
int freed = 0;
void count_freed(void* piece) {
    ++freed;
    std::free(piece);
}
constinit thread_local FreePieces<count_freed, 2> pieces;
// Destroyed behind what the thread registers later.
struct LateGiver {
    void* piece = nullptr;
    ~LateGiver() {
        if (piece) pieces.give(piece);
    }
};
thread_local LateGiver late;
}  // namespace

TEST_CASE("free pieces are kept by their thread, and go with it") {
    freed = 0;
    std::thread([] {
        late.piece = std::malloc(16);
        CHECK(pieces.take() == nullptr);
        void* first = std::malloc(16);
        pieces.give(first);
        CHECK(pieces.take() == first);
        pieces.give(first);
        pieces.give(std::malloc(16));
        CHECK(freed == 0);
        pieces.give(std::malloc(16));  // one too many
        CHECK(freed == 1);
    }).join();
    CHECK(freed == 4);
}
