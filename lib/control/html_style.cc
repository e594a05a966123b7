// The look of the statistics page. Colours and class names are those by which users of HAProxy know the states.
#include "control/html.h"

namespace cfgproxy::control {
namespace {

/// The background that means a state, in light and in dark mode.
struct Colour {
    std::string_view name, light, dark;
};
constexpr Colour kColours[] = {
    {"titre", "#20D0D0;color: #000000; font-weight: bold; text-align: center", "#1aa6a6; color: #e8e6e3"},
    {"total", "#20D0D0;color: #ffff80", ""},
    {"frontend", "#e8e8d0", "#2f3437"},
    {"socket", "#d0d0d0", "#2a2d2f"},
    {"backend", "#e8e8d0", "#2f3437"},
    {"active_down", "#ff9090", "#760000"},
    {"active_going_up", "#ffd020", "#b99200"},
    {"active_going_down", "#ffffa0", "#6c6c00"},
    {"active_up", "#c0ffc0", "#165900"},
    {"active_nolb", "#20a0ff", "#006ab9"},
    {"active_draining", "#20a0FF", "#006ab9"},
    {"active_no_check", "#e0e0e0", "#2a2d2f"},
    {"backup_down", "#ff9090", "#760000"},
    {"backup_going_up", "#ff80ff", "#7f007f"},
    {"backup_going_down", "#c060ff", "#580092"},
    {"backup_up", "#b0d0ff", "#2e3234"},
    {"backup_nolb", "#90b0e0", "#1e3c6a"},
    {"backup_draining", "#cc9900", "#a37a00"},
    {"backup_no_check", "#e0e0e0", "#2a2d2f"},
    {"maintain", "#c07820", "#9a601a"},
};

struct Rule {
    std::string_view selector, style;
};

constexpr Rule kText[] = {
    {"body", "font: 12px arial, helvetica, sans-serif; color: black; background: white"},
    {"th,td", "font-size: 10px"},
    {"h1", "font-size: x-large; margin-bottom: 0.5em"},
    {"h2", "font: italic bold x-large helvetica, arial; color: #6020a0; margin-top: 0; margin-bottom: 0"},
    {"h3", "font: bold 16px helvetica, arial; color: #b00040; background: #e8e8d0; margin-top: 0; margin-bottom: 0"},
    {"li", "margin-top: 0.25em; margin-right: 2em"},
    {".hr", "margin-top: 0.25em; border-color: black; border-bottom-style: solid"},
    {".rls", "letter-spacing: 0.2em; margin-right: 1px"},
};

constexpr Rule kTables[] = {
    {"a.px:link,a.px:visited", "color: #ffff40; text-decoration: none"},
    {"a.px:hover", "color: #ffffff; text-decoration: none"},
    {"a.lfsb:link,a.lfsb:visited", "color: #000000; text-decoration: none"},
    {"a.lfsb:hover", "color: #505050; text-decoration: none"},
    {"table.tbl", "border-collapse: collapse; border-style: none"},
    {"table.tbl td", "text-align: right; border: 1px solid gray; padding: 2px 3px; white-space: nowrap"},
    {"table.tbl td.ac", "text-align: center"},
    {"table.tbl th", "border: 1px solid gray"},
    {"table.tbl th.pxname",
     "background: #b00040; color: #ffff40; font-weight: bold; border-bottom-style: none; "
     "padding: 2px 3px; white-space: nowrap"},
    {"table.tbl th.empty", "border-style: none; empty-cells: hide; background: white"},
    {"table.tbl th.desc", "background: white; border-bottom-style: none; text-align: left; padding: 2px 3px"},
    {"table.lgd",
     "border-collapse: collapse; border-style: none none none solid; border-width: 1px; "
     "border-color: black"},
    {"table.lgd td", "border: 1px solid gray; padding: 2px"},
    {"table.lgd td.noborder", "border-style: none; padding: 2px; white-space: nowrap"},
    {"table.det", "border-collapse: collapse; border-style: none"},
    {"table.det th", "text-align: left; border-width: 0; padding: 0 1px 0 0; font: bold 11px sans-serif"},
    {"table.det td",
     "text-align: right; border-width: 0; padding: 0 0 0 4px; white-space: nowrap; font-size: 11px; "
     "font-style: normal; font-weight: normal"},
    {"u", "text-decoration: none; border-bottom: 1px dotted black"},
    {"div.tips",
     "display: block; visibility: hidden; z-index: 2147483647; position: absolute; padding: 2px 4px 3px; "
     "background: #f0f060; color: #000000; border: 1px solid #7040c0; border-radius: 3px; "
     "box-shadow: gray 2px 2px 3px; white-space: nowrap; font-size: 11px; font-style: normal; "
     "font-weight: normal"},
    {"u:hover div.tips", "visibility: visible"},
};

constexpr Rule kDark[] = {
    {"body", "color: #e8e6e3; background: #131516"},
    {"h1", "color: #a265e0!important"},
    {"h2", "color: #a265e0"},
    {"h3", "color: #ff5190; background-color: #3e3e1f"},
    {"a", "color: #3391ff"},
    {"input", "background-color: #2f3437"},
    {".hr", "border-color: #8c8273"},
    {"a.px:link,a.px:visited", "color: #d8d83b"},
    {"a.px:hover", "color: #ffffff"},
    {"a.lfsb:link,a.lfsb:visited", "color: #e8e6e3"},
    {"a.lfsb:hover", "color: #b5afa6"},
    {"table.tbl th.empty,table.tbl th.desc", "background: #181a1b"},
    {"table.tbl th.pxname", "background-color: #8d0033; color: #ffff46"},
    {"table.tbl th,table.tbl td", "border-color: #808080"},
    {"u", "border-bottom: 1px dotted #e8e6e3"},
    {"div.tips", "background: #8e8e0d; color: #e8e6e3; border-color: #4e2c86; box-shadow: #60686c 2px 2px 3px"},
};

template <std::size_t N>
void append_rules(std::string& to, const Rule (&rules)[N]) {
    for (const Rule& rule : rules) to.append(rule.selector).append(" {").append(rule.style).append(";}\n");
}

}  // namespace

void append_style_sheet(std::string& to) {
    append_rules(to, kText);
    for (const Colour& colour : kColours)
        to.append(".").append(colour.name).append(" {background: ").append(colour.light).append(";}\n");
    append_rules(to, kTables);
    to += "@media (prefers-color-scheme: dark) {\n";
    append_rules(to, kDark);
    for (const Colour& colour : kColours)
        if (!colour.dark.empty())
            to.append(".").append(colour.name).append(" {background: ").append(colour.dark).append(";}\n");
    to += "}\n";
}

}  // namespace cfgproxy::control
