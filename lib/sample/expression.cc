#include "sample/expression.h"

#include <algorithm>

#include "base/spelling.h"
#include "base/text.h"
#include "sample/arguments.h"

namespace cfgproxy::sample {
namespace {

/// Walks over the text of an expression and builds it piece by piece; positions are bytes from the text's start.
class Parser {
  public:
    Parser(std::string_view text, ExpressionError& error)
        : text_(text), error_(error), expression_(std::make_unique<Expression>()) {}

    bool parse_fetch() {
        const std::string_view name = leading_name(text_);
        if (name.empty()) return fail("missing fetch method", 0, 1);
        const Fetch* row = base::Table<Fetch>::find(name);
        if (row) return parse_fetch(*row, name, "fetch method ", "invalid args in fetch method ", " : ");
        error_.hint = nearest_of<Fetch>(name);
        return fail("unknown fetch method '" + std::string(name) + "'", 0, name.size());
    }

    bool parse_acl_keyword(const Fetch& row) {
        return parse_fetch(row, leading_name(text_), "ACL keyword ", "in argument to ", ", ");
    }

    /// `,name(args)` as often as it stands there; several commas count as one, and some may trail.
    bool parse_converters() {
        while (at_ < text_.size() && text_[at_] == ',') {
            while (at_ < text_.size() && text_[at_] == ',') ++at_;
            if (at_ == text_.size()) return true;
            if (!parse_converter()) return false;
        }
        return true;
    }

    std::size_t used() const { return at_; }
    std::unique_ptr<Expression> take(const base::Place& place) {
        expression_->text = text_.substr(0, at_);
        expression_->place = place;
        return std::move(expression_);
    }

  private:
    /// The words in front of the name in messages about its arguments, and behind it in those of `prepare`.
    bool parse_fetch(const Fetch& row, std::string_view name, std::string_view what, std::string_view what_prepared,
                     std::string_view colon) {
        const std::string quoted = base::quoted(name);
        at_ = name.size();
        ArgumentError problem;
        std::size_t used = 0;
        if (!read_arguments(text_.substr(at_), read_signature(row.args), expression_->args, used, problem))
            return fail(std::string(what) + quoted + " : " + problem.text, at_, used);
        if (row.prepare && !expression_->args.empty()) {
            auto result = row.prepare(expression_->args);
            if (!result)
                return fail(std::string(what_prepared) + quoted + std::string(colon) + result.error(), at_, used);
        }
        at_ += used;
        expression_->fetch = &row;
        return true;
    }

    bool parse_converter() {
        const std::size_t start = at_;
        const std::string_view name = leading_name(text_.substr(start));
        const std::string quoted = base::quoted(name);
        const auto size = static_cast<std::uint32_t>(std::max<std::size_t>(name.size(), 1));
        const Converter* row = base::Table<Converter>::find(name);
        if (!row) {
            error_.hint = nearest_of<Converter>(name);
            return fail("unknown converter " + quoted, start, size);
        }
        if (!can_cast(expression_->out(), row->in))
            return fail("converter " + quoted + " cannot be applied", start, size);
        Expression::Step step{row, {}, row->in};
        at_ += name.size();
        ArgumentError problem;
        std::size_t used = 0;
        if (!read_arguments(text_.substr(at_), read_signature(row->args), step.args, used, problem))
            return fail(
                "invalid arg " + std::to_string(problem.position) + " in converter " + quoted + " : " + problem.text,
                at_, used);
        if (row->prepare) {
            auto result = row->prepare(step.args);
            if (!result) return fail("invalid args in converter " + quoted + " : " + result.error(), at_, used);
        }
        at_ += used;
        expression_->steps.push_back(std::move(step));
        return true;
    }

    template <class Row>
    static std::string nearest_of(std::string_view name) {
        std::vector<std::string_view> names;
        for (const Row* row : base::Table<Row>::all()) names.push_back(row->name);
        const std::string_view found = base::nearest(name, names);
        return found.empty() ? std::string{} : "did you mean '" + std::string(found) + "' maybe ?";
    }

    bool fail(std::string text, std::size_t at, std::size_t length) {
        error_.text = std::move(text);
        error_.at = static_cast<std::uint32_t>(at);
        error_.length = static_cast<std::uint32_t>(std::max<std::size_t>(length, 1));
        return false;
    }

    std::string_view text_;
    ExpressionError& error_;
    std::unique_ptr<Expression> expression_;
    std::size_t at_ = 0;
};

thread_local base::Place place_being_read;

}  // namespace

const base::Place& expression_place() { return place_being_read; }

Found Expression::evaluate(const Context& context, Value& out, Cursor& cursor) const {
    cursor.more = cursor.may_change = false;
    // Tools that only look at a configuration (explain) evaluate pending words too: these find nothing.
    const Found found = fetch->run ? fetch->run(context, args, cursor, out) : Found::no;
    if (found == Found::not_yet && context.is_final()) return Found::no;
    if (found != Found::yes) return found;
    for (const Step& step : steps)
        if ((out.type != step.cast_to && !cast(out, step.cast_to, *context.arena)) || !step.row->run ||
            !step.row->run(context, step.args, out))
            return cursor.may_change && !context.is_final() ? Found::not_yet : Found::no;
    return Found::yes;
}

Found Expression::evaluate_text(const Context& context, std::string_view& out) const {
    Value value;
    Found found = evaluate(context, value);
    if (found == Found::yes && !cast(value, Type::str, *context.arena)) found = Found::no;
    out = found == Found::yes ? value.text : std::string_view{};
    return found;
}

base::Result<std::unique_ptr<Expression>> parse_expression(std::string_view text, const base::Place& place,
                                                           std::size_t& used, ExpressionError& error) {
    Parser parser(text, error);
    place_being_read = place;
    if (!parser.parse_fetch() || !parser.parse_converters()) return base::Error{error.text};
    used = parser.used();
    return parser.take(place);
}

base::Result<std::unique_ptr<Expression>> parse_acl_expression(std::string_view text, const Fetch& row,
                                                               const base::Place& place, std::size_t& used,
                                                               ExpressionError& error) {
    Parser parser(text, error);
    place_being_read = place;
    if (!parser.parse_acl_keyword(row)) return base::Error{error.text};
    if (!parser.parse_converters()) {
        error.text = "ACL keyword '" + std::string(leading_name(text)) + "' : " + error.text;
        return base::Error{error.text};
    }
    used = parser.used();
    return parser.take(place);
}

ExpressionError trailing_error(const Expression& expression, std::size_t used) {
    ExpressionError error;
    error.text = expression.steps.empty()
                     ? "missing comma after fetch keyword '" + std::string(expression.fetch->name) + "'"
                     : "missing comma after converter '" + std::string(expression.steps.back().row->name) + "'";
    error.at = static_cast<std::uint32_t>(used);
    error.length = 1;
    return error;
}

void for_each_argument(Expression& expression, void (*visit)(Argument&, const ArgumentUse&, void*), void* data) {
    ArgumentUse use{expression.fetch->name, {}, 0};
    for (Argument& arg : expression.args) {
        ++use.position;
        visit(arg, use, data);
    }
    for (auto& step : expression.steps) {
        use = {expression.fetch->name, step.row->name, 0};
        for (Argument& arg : step.args) {
            ++use.position;
            visit(arg, use, data);
        }
    }
}

void for_each_argument(Expression& expression, void (*visit)(Argument&, void*), void* data) {
    for (Argument& arg : expression.args) visit(arg, data);
    for (auto& step : expression.steps)
        for (Argument& arg : step.args) visit(arg, data);
}

}  // namespace cfgproxy::sample
