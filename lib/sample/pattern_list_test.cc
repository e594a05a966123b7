#include "sample/pattern_list.h"

#include <catch2/catch.hpp>

#include "sample/condition_chain.h"
#include "sample/test_request.h"

using namespace cfgproxy;
using namespace cfgproxy::sample;

namespace {

struct Fixture {
    std::shared_ptr<PatternList> list = std::make_shared<PatternList>();
    std::shared_ptr<PatternView> view;
    base::Arena arena;

    Fixture(MatchKind kind, std::initializer_list<std::pair<const char*, const char*>> entries,
            PatternSet::Flags flags = {}) {
        for (const auto& [key, value] : entries) list->append(key, value);
        view = *PatternView::make(list, kind, flags, Type::str);
    }
    std::string of(std::string_view text) {
        Value value;
        return view->find(Value::of_text(text), arena, value) ? std::string(value.text) : "-";
    }
};

}  // namespace

TEST_CASE("a list's views follow its changes") {
    Fixture f(MatchKind::str, {{"a", "1"}, {"b", "2"}, {"b", "3"}});
    CHECK(f.view->unchanged());
    CHECK(f.of("b") == "2");
    REQUIRE(f.list->add("c", "4").ok());
    CHECK(!f.view->unchanged());
    CHECK(f.of("c") == "4");
    CHECK(f.of("a") == "1");
    CHECK(*f.list->set("a", "9"));
    CHECK(f.of("a") == "9");
    CHECK(!*f.list->set("none", "9"));
    CHECK(f.list->remove("a"));
    CHECK(f.of("a") == "-");
    CHECK(!f.list->remove("a"));
    REQUIRE(f.list->add("a", "5").ok());
    CHECK(f.of("a") == "5");
    REQUIRE(f.list->add("a", "6").ok());  // of equal keys the first one counts
    CHECK(f.of("a") == "5");
    CHECK(f.list->remove(f.list->entries(0, 0, 1)[0].id));  // the first b
    CHECK(f.of("b") == "3");
    CHECK(f.list->contains("b"));
    f.list->clear(0);
    CHECK(f.of("b") == "-");
    CHECK(!f.list->contains("b"));
}

TEST_CASE("many changes cost no more than they must, and are not lost") {
    Fixture f(MatchKind::str, {});
    for (int i = 0; i < 2000; ++i) REQUIRE(f.list->add("k" + std::to_string(i), std::to_string(i)).ok());
    for (int i = 0; i < 2000; i += 2) CHECK(f.list->remove("k" + std::to_string(i)));
    for (int i = 0; i < 2000; ++i) {
        INFO(i);
        CHECK(f.of("k" + std::to_string(i)) == (i % 2 ? std::to_string(i) : "-"));
    }
    CHECK(f.list->versions().entries == 1000);
}

TEST_CASE("kinds that are no exact texts follow changes, too") {
    Fixture f(MatchKind::beg, {{"/a", "1"}, {"/ab", "2"}});
    CHECK(f.of("/abc") == "2");
    REQUIRE(f.list->add("/abc", "3").ok());
    CHECK(f.of("/abcd") == "3");
    CHECK(f.list->remove("/abc"));
    CHECK(f.of("/abcd") == "2");
    Fixture regex(MatchKind::reg, {{"^a", "1"}});
    CHECK(!regex.list->add("(", "2").ok());
    CHECK(regex.list->versions().entries == 1);
    CHECK(regex.of("abc") == "1");
}

TEST_CASE("versions are prepared beside the current one") {
    Fixture f(MatchKind::str, {{"a", "1"}});
    const std::uint32_t next = f.list->prepare();
    CHECK(next == 1);
    REQUIRE(f.list->add(next, {{"b", "2"}, {"c", "3"}}).ok());
    CHECK(f.of("b") == "-");
    CHECK(f.list->versions().entries == 3);
    CHECK(!f.list->commit(2));
    CHECK(f.list->commit(next));
    CHECK(f.of("b") == "2");
    CHECK(f.of("a") == "-");
    CHECK(f.list->versions().current == 1);
    CHECK(f.list->versions().entries == 2);
    CHECK(!f.list->commit(next));
}

TEST_CASE("lists are known by file and number") {
    PatternLists lists;
    TestFile file("a 1\nb 2\n");
    auto first = lists.of_file(file.path(), true, "map", {});
    REQUIRE(first.ok());
    CHECK(*lists.of_file(file.path(), true, "map", {}) == *first);
    CHECK(!lists.of_file(file.path(), false, "acl", {}).ok());
    CHECK(!lists.of_file("/nonexistent", true, "map", {}).ok());
    lists.of_line("path", 1, {});
    lists.of_line("path", -1, {});
    lists.give_numbers();
    CHECK(lists.find("#0") == first->get());
    CHECK(lists.find("#1")->description.starts_with("acl 'path'"));
    CHECK(lists.find("#2"));
    CHECK(!lists.find("#3"));
    CHECK(!lists.find("#x"));
    CHECK(lists.find(file.path()) == first->get());
}

TEST_CASE("a chain of conditions leads to the first that can be true") {
    TestRequest request("GET /x HTTP/1.1\r\nX-H: h7\r\nX-H: h5\r\n\r\n");
    std::vector<std::unique_ptr<Condition>> owned;
    const auto add = [&](std::string_view text) {
        ParseFailure failure;
        owned.push_back(parse_condition(words_of(text), TestScope{}, failure));
        REQUIRE(owned.back());
    };
    for (int i = 0; i < 10; ++i) add("if { req.hdr(x-h) -i h" + std::to_string(i) + " }");
    add("if { path /y }");
    for (int i = 0; i < 5; ++i) add("if { path_beg /" + std::string(1, static_cast<char>('v' + i)) + " } METH_GET");
    std::vector<const Condition*> conditions;
    for (const auto& one : owned) conditions.push_back(one.get());
    conditions.push_back(nullptr);
    ConditionChain chain;
    chain.build(conditions);
    CHECK(chain.next(request.context, 0) == 5);
    CHECK(chain.next(request.context, 6) == 6);  // within a run: one by one
    CHECK(chain.next(request.context, 10) == 10);
    CHECK(chain.next(request.context, 11) == 13);  // /x
    CHECK(chain.next(request.context, 16) == 16);
    TestRequest other("GET /x HTTP/1.1\r\nX-H: other\r\n\r\n");
    CHECK(chain.next(other.context, 0) == 10);
    // Whatever the chain says is what testing one by one says.
    for (TestRequest* r : {&request, &other}) {
        std::size_t slow = 0, fast = 0;
        while (slow < owned.size() && owned[slow]->test(r->context) != Found::yes) ++slow;
        for (; (fast = chain.next(r->context, fast)) < owned.size(); ++fast)
            if (owned[fast]->test(r->context) == Found::yes) break;
        CHECK(slow == fast);
    }
}

TEST_CASE("a chain whose patterns change is passed over") {
    TestRequest request("GET /x HTTP/1.1\r\nHost: h9\r\n\r\n");
    PatternLists lists;
    std::vector<std::unique_ptr<Condition>> owned;
    {
        const PatternLists::Reading reading(lists);
        for (int i = 0; i < 10; ++i) {
            ParseFailure failure;
            owned.push_back(
                parse_condition(words_of("if { req.hdr(host) h" + std::to_string(i) + " }"), TestScope{}, failure));
        }
    }
    lists.give_numbers();
    std::vector<const Condition*> conditions;
    for (const auto& one : owned) conditions.push_back(one.get());
    ConditionChain chain;
    chain.build(conditions);
    CHECK(chain.next(request.context, 0) == 9);
    REQUIRE(lists.find("#3")->add("h9", "").ok());
    CHECK(chain.next(request.context, 0) == 0);
    CHECK(owned[3]->test(request.context) == Found::yes);
}

TEST_CASE("changes of lists that are no exact texts count beside the set") {
    Fixture beginnings(MatchKind::beg, {{"/a", "1"}, {"/a/b", "2"}});
    REQUIRE(beginnings.list->add("/a/b/c", "3").ok());
    REQUIRE(beginnings.list->add("/", "0").ok());
    CHECK(beginnings.of("/a/b/c/d") == "3");
    CHECK(beginnings.of("/a/b/x") == "2");  // the longer one, though "/" came later
    CHECK(beginnings.of("/x") == "0");
    CHECK(*beginnings.list->set("/a/b", "22"));
    CHECK(beginnings.of("/a/b/x") == "22");
    CHECK(beginnings.list->remove("/a/b"));
    CHECK(beginnings.of("/a/b/x") == "1");

    Fixture ends(MatchKind::end, {{".com", "1"}, {".org", "2"}});
    REQUIRE(ends.list->add("example.com", "3").ok());
    CHECK(ends.of("www.example.com") == "1");  // the first one
    REQUIRE(ends.list->add(".net", "4").ok());
    CHECK(ends.of("a.net") == "4");
    CHECK(*ends.list->set("example.com", "5"));
    CHECK(ends.of("www.example.com") == "1");

    Fixture addresses(MatchKind::ip, {{"10.0.0.0/8", "1"}, {"2001:db8::/32", "2"}});
    REQUIRE(addresses.list->add("10.1.0.0/16", "3").ok());
    REQUIRE(addresses.list->add("0.0.0.0/0", "4").ok());
    REQUIRE(addresses.list->add("10.0.7.0/255.0.255.0", "5").ok());
    const auto of = [&](const char* ip) {
        Value value;
        const auto key = Value::of_ip(*net::Address::parse_ip(ip));
        return addresses.view->find(key, addresses.arena, value) ? std::string(value.text) : "-";
    };
    CHECK(of("10.1.2.3") == "3");
    CHECK(of("10.2.7.3") == "1");  // a mask with holes comes last
    CHECK(of("192.0.2.1") == "4");
    CHECK(of("2001:db8::1") == "2");
    CHECK(of("2001:db9::1") == "-");
}

namespace {

/// What a list says that has never been anything else.
std::string made_anew(const PatternList& list, MatchKind kind, PatternSet::Flags flags, const Value& key) {
    auto fresh = std::make_shared<PatternList>();
    for (const auto& entry : list.entries(0, 0, 1000)) fresh->append(entry.key, entry.value);
    base::Arena arena;
    Value value;
    const auto view = *PatternView::make(fresh, kind, flags, Type::str);
    return view->find(key, arena, value) ? std::string(value.text) : "-";
}

/// Adds, changes and removes at random, and asks for everything each time.
void change_at_random(MatchKind kind, PatternSet::Flags flags, const std::vector<std::string>& keys,
                      const std::vector<Value>& asked) {
    Fixture f(kind, {}, flags);
    std::uint32_t state = 1;
    const auto random = [&](std::size_t below) { return ((state = state * 1664525 + 1013904223) >> 16) % below; };
    for (int turn = 0; turn < 300; ++turn) {
        const std::string& key = keys[random(keys.size())];
        const std::string value = std::to_string(turn);
        switch (random(4)) {
            case 0:
                REQUIRE(f.list->set(key, value).ok());
                break;
            case 1:
                f.list->remove(key);
                break;
            default:
                if (!f.list->contains(key)) REQUIRE(f.list->add(key, value).ok());
        }
        for (const Value& one : asked) {
            Value found;
            const std::string told = f.view->find(one, f.arena, found) ? std::string(found.text) : "-";
            INFO(static_cast<int>(kind) << " turn " << turn << " key " << key << " asked " << one.text);
            REQUIRE(told == made_anew(*f.list, kind, flags, one));
        }
    }
}

}  // namespace

TEST_CASE("a changed list says what one says that was made as it is now") {
    const std::vector<std::string> keys = {"/a", "/ab", "/abc", "a", "b", "/b/a", "/a/b/a", "ab", "ba", "/ab/c"};
    std::vector<Value> texts;
    for (const char* text : {"/abc", "/a/b/a", "/ab/cd", "ab", "/b/a", "x/ab", "", "/"})
        texts.push_back(Value::of_text(text));
    for (const auto kind : {MatchKind::str, MatchKind::beg, MatchKind::end, MatchKind::sub, MatchKind::dir})
        for (const bool ignore_case : {false, true})
            for (const bool first : {false, true}) {
                PatternSet::Flags flags;
                flags.ignore_case = ignore_case;
                flags.first = first;
                change_at_random(kind, flags, keys, texts);
            }
    const std::vector<std::string> networks = {
        "10.0.0.0/8",  "10.1.0.0/16",          "10.1.2.0/24",         "10.1.2.3",     "0.0.0.0/0",
        "10.1.2.3/32", "10.0.0.3/255.0.0.255", "::ffff:10.1.2.0/120", "2001:db8::/32"};
    std::vector<Value> addresses;
    for (const char* text :
         {"10.1.2.3", "10.1.2.4", "10.1.9.3", "10.9.9.9", "192.0.2.1", "2001:db8::1", "::ffff:10.1.2.3"}) {
        Value value = Value::of_text(text);
        base::Arena arena;
        REQUIRE(cast(value, Type::address, arena));
        addresses.push_back(value);
    }
    change_at_random(MatchKind::ip, {}, networks, addresses);
}

TEST_CASE("a list of which most is removed keeps order and ids") {
    Fixture f(MatchKind::str, {});
    for (int i = 0; i < 500; ++i) f.list->append("k" + std::to_string(i), "v");
    const auto last = f.list->entries(0, 499, 10);
    REQUIRE(last.size() == 1);
    for (int i = 0; i < 400; ++i) REQUIRE(f.list->remove("k" + std::to_string(i)));
    CHECK(f.list->versions().entries == 100);
    CHECK(f.list->entries(0, 0, 1).front().key == "k400");
    CHECK(*f.list->set(last.front().id, "last"));
    CHECK(f.list->entries(0, 499, 10).front().value == "last");
    CHECK(!*f.list->set(std::uint64_t{1}, "gone"));
    CHECK(f.list->entries(0, 450, 1000).size() == 50);
}

TEST_CASE("who looks at a list in the same way shares the view") {
    Fixture f(MatchKind::str, {{"a", "1"}});
    const auto again = *PatternView::make(f.list, MatchKind::str, {}, Type::str);
    const auto other = *PatternView::make(f.list, MatchKind::str, {.ignore_case = true}, Type::str);
    CHECK(again == f.view);
    CHECK(other != f.view);
}
