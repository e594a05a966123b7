// The `userlist` section (manual 2.6 section 3.4): users, groups and passwords.
#include <crypt.h>

#include "config/sections.h"
#include "keywords/setters.h"

namespace cfgproxy::keywords {
namespace {

void add_names(std::vector<std::string>& to, std::string_view list) {
    for (std::string_view name : base::split(list, ','))
        if (!name.empty()) to.emplace_back(name);
}

void add_group(Parser& parser) {
    auto& list = parser.userlist();
    const Word& name = parser.arg_word(0);
    if (auto bad = config::find_invalid_char(name.text); bad != std::string_view::npos)
        return parser.alert_tight(name, "character '" + std::string(1, name.text.empty() ? ' ' : name.text[bad]) +
                                            "' is not permitted in 'group' name " + quoted(name.text) + ".");
    if (list.groups.contains(std::string(name.text)))
        return parser.warning(
            name, "ignoring duplicated group " + quoted(name.text) + " in userlist " + quoted(list.name) + ".");
    std::vector<std::string> users;
    for (std::size_t i = 1; i < parser.args().size(); i += 2) {
        if (parser.arg(i) != "users")
            return parser.alert_tight(parser.arg_word(i), "'group' only supports 'users' option.");
        add_names(users, parser.arg(i + 1));
    }
    list.groups.emplace(name.text, std::move(users));
}

/// Whether crypt(3) knows how the password was made.
bool is_supported(std::string_view password) {
    crypt_data data{};
    return crypt_r("", std::string(password).c_str(), &data) != nullptr && data.output[0] != '*';
}

void add_user(Parser& parser) {
    auto& list = parser.userlist();
    for (const auto& known : list.users)
        if (known.name == parser.arg(0))
            return parser.warning(parser.arg_word(0), "ignoring duplicated user " + quoted(known.name) +
                                                          " in userlist " + quoted(list.name) + ".");
    model::Userlist::User& user = list.users.emplace_back();
    user.name = parser.arg(0);
    for (std::size_t i = 1; i < parser.args().size(); i += 2) {
        std::string_view option = parser.arg(i), value = parser.arg(i + 1);
        if (option == "password") {
            if (!is_supported(value))
                return parser.alert_tight(
                    parser.arg_word(i + 1),
                    "the encrypted password used for user " + quoted(user.name) + " is not supported by crypt(3).");
            user.password = value;
            user.insecure = false;
        } else if (option == "insecure-password") {
            user.password = value;
            user.insecure = true;
        } else if (option == "groups") {
            add_names(user.groups, value);
        } else {
            return parser.alert_tight(parser.arg_word(i),
                                      "'user' only supports 'password', 'insecure-password' and "
                                      "'groups' options.");
        }
    }
}

// clang-format off
constexpr Keyword kTable[] = {
    {.name = "group", .sections = kUserlist, .arity = {1}, .support = Support::done, .parse = add_group, .form = "expects <name> as arguments.", .since = "1.4"},
    {.name = "user", .sections = kUserlist, .arity = {1}, .support = Support::done, .parse = add_user, .form = "expects <name> as arguments.", .since = "1.4"},
};
// clang-format on
static_assert(base::well_formed(kTable));
const base::Table<Keyword> kRegistered{kTable};

}  // namespace
}  // namespace cfgproxy::keywords
