#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "sample/condition.h"
#include "sample/test_request.h"

using namespace cfgproxy;
using namespace cfgproxy::sample;

namespace {

template <class Row>
std::size_t count_distinct() {
    std::set<std::string_view> names;
    for (const Row* row : base::Table<Row>::all()) names.insert(row->name);
    CHECK(names.size() == base::Table<Row>::all().size());
    return names.size();
}

template <class Row>
std::size_t count_done() {
    const auto& all = base::Table<Row>::all();
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [](const Row* row) { return row->support == Support::done; }));
}

}  // namespace

TEST_CASE("every word of the sample language has its row") {
    CHECK(count_distinct<Fetch>() == 573);
    CHECK(count_distinct<Converter>() == 209);
    CHECK(count_distinct<AclName>() == 77);
    CHECK(count_distinct<PredefinedAcl>() == 23);
    CHECK(count_distinct<Match>() == 13);
    CHECK(count_done<Fetch>() >= 140);
    CHECK(count_done<Converter>() >= 100);
}

TEST_CASE("rows that are done run, the others do not") {
    for (const Fetch* row : base::Table<Fetch>::all()) {
        INFO(row->name);
        CHECK((row->run != nullptr) == (row->support == Support::done));
    }
    for (const Converter* row : base::Table<Converter>::all()) {
        INFO(row->name);
        CHECK((row->run != nullptr) == (row->support == Support::done));
    }
    for (const AclName* row : base::Table<AclName>::all()) {
        INFO(row->name);
        CHECK(base::Table<Fetch>::find(row->fetch) != nullptr);
    }
}

TEST_CASE("predefined ACLs are right") {
    for (const PredefinedAcl* row : base::Table<PredefinedAcl>::all()) {
        ParseFailure failure;
        const std::string text = "if " + std::string(row->name);
        const bool good = parse_condition(words_of(text), TestScope{}, failure) != nullptr;
        INFO(row->name << ": " << failure.text);
        CHECK(good);
    }
}

TEST_CASE("arguments of every fetch can be left out or not, as its signature says") {
    for (const Fetch* row : base::Table<Fetch>::all()) {
        if (row->support != Support::done) continue;
        std::size_t used = 0;
        ExpressionError error;
        const bool good = parse_expression(row->name, {}, used, error).ok();
        INFO(row->name << ": " << error.text);
        if (read_signature(row->args).required == 0) CHECK(good);
    }
}
