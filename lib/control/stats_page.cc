#include "control/stats_page.h"

#include "control/admin_form.h"
#include "control/html.h"
#include "control/stat_format.h"
#include "server/clock.h"

namespace cfgproxy::control {
namespace {

constexpr std::size_t kMaxForm = 16384;  ///< more of a form is not kept (stream::AppletEnd)

StatFilter filter_of(const stream::StatsRequest& request, const PageOptions& options) {
    StatFilter filter;
    filter.scope = &request.stats.scope;
    filter.self = &request.proxy;
    filter.name_part = options.scope;
    filter.hide_down = options.up;
    filter.hide_maintenance = options.no_maintenance;
    filter.legends = request.stats.show_legends;
    return filter;
}

/// One request for the statistics page. Its stream keeps the generation that it refers to.
class StatsPage final : public stream::Applet {
  public:
    StatsPage(const stream::StatsRequest& request, const PageOptions& options)
        : page_{request.stats, request.process, request.generation, options,
                request.admin, request.now_ms,  request.wall_us},
          method_(request.request.method),
          walk_(request.generation, nullptr, request.process, filter_of(request, options)),
          dump_(StatWalk(request.generation, nullptr, request.process, filter_of(request, options)), options.format,
                false) {}

    bool wants_body() const override { return posts() && page_.admin; }
    void start(std::string_view body, http::Response& response, base::Arena& arena) override;
    bool produce(std::string& piece) override;

  private:
    bool posts() const { return method_ == http::Method::post; }
    void start_redirect(Outcome outcome, http::Response& response, base::Arena& arena);
    bool produce_html(std::string& piece);

    Page page_;
    http::Method method_;
    StatWalk walk_;  ///< HTML
    StatDump dump_;  ///< the other formats
    bool begun_ = false, redirected_ = false;
};

void StatsPage::start(std::string_view body, http::Response& response, base::Arena& arena) {
    if (posts()) {
        Outcome outcome = Outcome::deny;
        if (page_.admin) outcome = body.size() >= kMaxForm ? Outcome::excd : run_admin_form(body, page_.generation);
        return start_redirect(outcome, response, arena);
    }
    const bool json = page_.options.schema || page_.options.format == StatFormat::json;
    const bool html = page_.options.format == StatFormat::html;
    response.status = 200;
    response.reason = "OK";
    response.headers.add(arena, "cache-control", "no-cache");
    response.headers.add(arena, "content-type", json ? "application/json" : html ? "text/html" : "text/plain");
    if (page_.settings.refresh_s > 0 && !page_.options.no_refresh)
        response.headers.add(arena, "refresh", arena.copy(std::to_string(page_.settings.refresh_s)));
}

/// Back to the page by GET, so that reloading it does not repeat the action.
void StatsPage::start_redirect(Outcome outcome, http::Response& response, base::Arena& arena) {
    redirected_ = true;
    response.status = 303;
    response.reason = "See Other";
    response.framing = http::Framing::length;
    response.content_length = 0;
    response.headers.add(arena, "cache-control", "no-cache");
    response.headers.add(arena, "content-type", "text/plain");
    response.headers.add(arena, "content-length", "0");
    const std::string to = link_to(page_.settings.uri + ";st=" + std::string(code_of(outcome)), page_.options,
                                   page_.options.up, page_.options.no_refresh);
    response.headers.add(arena, "location", arena.copy(to));
}

bool StatsPage::produce(std::string& piece) {
    if (redirected_) return false;
    if (page_.options.schema) {
        piece += kStatSchema;
        return false;
    }
    if (page_.options.format == StatFormat::html) return produce_html(piece);
    return dump_.produce(piece, page_.now_ms);
}

bool StatsPage::produce_html(std::string& piece) {
    if (!begun_) {
        begun_ = true;
        append_html_head(piece, page_);
        append_html_top(piece, page_);
        return true;
    }
    while (piece.size() < kPieceSize) {
        switch (walk_.next(page_.now_ms)) {
            case StatWalk::At::proxy_begin:
                append_html_proxy_begin(piece, page_, walk_.proxy());
                break;
            case StatWalk::At::row:
                append_html_row(piece, page_, walk_.row());
                break;
            case StatWalk::At::proxy_end:
                append_html_proxy_end(piece, page_, walk_.proxy());
                break;
            case StatWalk::At::done:
                piece += "</body></html>\n";
                return false;
        }
    }
    return true;
}

}  // namespace

std::unique_ptr<stream::Applet> make_stats_applet(const stream::StatsRequest& request) {
    // is_stats_request() has seen that the target begins with the page's address.
    std::string_view target = request.request.path_and_query();
    target.remove_prefix(std::min(target.size(), request.stats.uri.size()));
    return std::make_unique<StatsPage>(request, parse_page_options(target));
}

}  // namespace cfgproxy::control
