#include "keywords/set_process_variable.h"

#include "log/format.h"
#include "sample/variable.h"

namespace cfgproxy::keywords {
namespace {

/// Whether it can be evaluated where there is no stream and where names of backends and the like are not looked up.
bool stands_alone(sample::Expression& expression) {
    bool alone =
        (expression.fetch->needs & ~sample::kInternal) == 0 && expression.fetch->support == sample::Support::done;
    sample::for_each_argument(
        expression,
        [](sample::Argument& arg, void* data) {
            using Kind = sample::Argument::Kind;
            switch (arg.kind) {
                case Kind::frontend:
                case Kind::backend:
                case Kind::server:
                case Kind::table:
                case Kind::userlist:
                    *static_cast<bool*>(data) = false;
                    break;
                default:
                    break;
            }
        },
        &alone);
    return alone;
}

}  // namespace

base::Result<void> set_process_variable(std::string_view name, std::string_view text, bool is_format,
                                        const base::Place& place, sample::Checkpoint at) {
    std::string_view words = name;
    const std::string_view variable = words.substr(0, words.find(','));
    sample::Scope scope;
    auto parsed = sample::parse_variable(variable, scope);
    if (!parsed) return base::Error{parsed.error()};
    std::uint32_t conditions = 0;
    for (words.remove_prefix(variable.size()); !words.empty();) {
        words.remove_prefix(1);
        const std::string_view word = words.substr(0, words.find(','));
        if (auto result = sample::parse_condition_name(word, conditions); !result) return result;
        words.remove_prefix(word.size());
    }
    if (scope != sample::Scope::proc)
        return base::Error{"cannot set variable '" + std::string(name) + "', only scope 'proc' is permitted"};
    base::Arena arena;
    sample::Context context;
    context.arena = &arena;
    context.request_complete = context.response_complete = true;
    sample::Value value;  // its text may lie in what it was made by
    if (is_format) {
        auto format = log::compile(text, place, log::Use::plain);
        if (!format) return base::Error{format.error()};
        for (const auto& item : (*format)->items) {
            if (!item.expression) continue;
            if (auto wrong = sample::misplaced_in_format(*item.expression->fetch, at); !wrong.empty())
                return base::Error{std::move(wrong)};
            if (!stands_alone(*item.expression)) return {};
        }
        value.set_text(log::render(**format, nullptr, context));
        sample::process_variables().set(*parsed, value, conditions);
        return {};
    }
    std::size_t used = 0;
    sample::ExpressionError error;
    auto expression = sample::parse_expression(text, place, used, error);
    if (!expression) return base::Error{error.text};
    if (used != text.size()) return base::Error{sample::trailing_error(**expression, used).text};
    if (auto wrong = sample::misplaced_fetch(*(*expression)->fetch, at); !wrong.empty())
        return base::Error{std::move(wrong)};
    if (stands_alone(**expression) && (*expression)->evaluate(context, value) == sample::Found::yes)
        sample::process_variables().set(*parsed, value, conditions);
    return {};
}

}  // namespace cfgproxy::keywords
