#include "net/certificate_set.h"

#include <algorithm>

#include "base/text.h"

namespace cfgproxy::net {
namespace {

/// Whether a filter of the line takes `name` out of what its wildcards cover.
bool excludes(const CertificateSet::Entry& entry, std::string_view name) {
    return std::any_of(entry.filters.begin(), entry.filters.end(), [name](const std::string& written) {
        if (!written.starts_with('!')) return false;
        const CertificateSet::Filter filter(written);
        return !filter.wildcard && filter.text == name;
    });
}

}  // namespace

CertificateSet::Filter::Filter(std::string_view written) {
    if (written.starts_with('!')) {
        excludes = true;
        written.remove_prefix(1);
    }
    if (written.starts_with('*')) {
        wildcard = true;
        written.remove_prefix(1);
    }
    text = base::lower(written);
}

std::vector<CertificateSet::Filter> CertificateSet::filters_of(const Entry& entry) {
    std::vector<Filter> all;
    const std::vector<std::string>& written = entry.filters.empty() ? entry.certificate->names() : entry.filters;
    for (const std::string& text : written) {
        Filter filter(text);
        if (!filter.is_void() && (!filter.text.empty() || filter.is_default())) all.push_back(std::move(filter));
    }
    return all;
}

const CertificateSet::Entry* CertificateSet::Choice::for_client(bool knows_rsa, bool knows_ecdsa) const {
    if (knows_ecdsa && ecdsa) return ecdsa;
    if (knows_rsa && rsa) return rsa;
    if (other) return other;
    return ecdsa ? ecdsa : rsa;
}

void CertificateSet::note(Choice& choice, const Entry& entry) {
    const Certificate::Key kind = entry.certificate->key_type();
    const Entry*& slot = kind == Certificate::Key::ecdsa ? choice.ecdsa
                         : kind == Certificate::Key::rsa ? choice.rsa
                                                         : choice.other;
    if (!slot) slot = &entry;
}

void CertificateSet::add(std::shared_ptr<const Certificate> certificate, const std::vector<std::string>& filters,
                         bool is_default) {
    add({.certificate = std::move(certificate), .has_default = is_default || entries_.empty(), .filters = filters});
}

void CertificateSet::add(Entry made) {
    entries_.push_back(std::make_unique<Entry>(std::move(made)));
    const Entry& entry = *entries_.back();
    if (entry.has_default) note(defaults_, entry);
    for (Filter& filter : filters_of(entry)) {
        if (filter.is_default())
            note(defaults_, entry);
        else if (filter.wildcard)
            wildcard_[std::move(filter.text)].push_back(&entry);
        else if (!filter.excludes)
            note(exact_[std::move(filter.text)], entry);
    }
}

CertificateSet::Choice CertificateSet::find(std::string_view asked) const {
    const std::string name = base::lower(asked.ends_with('.') ? asked.substr(0, asked.size() - 1) : asked);
    Choice choice;
    if (const auto exact = exact_.find(name); exact != exact_.end()) choice = exact->second;
    const std::size_t dot = name.find('.');
    if (dot == name.npos) return choice;
    if (const auto any = wildcard_.find(name.substr(dot)); any != wildcard_.end())
        for (const Entry* entry : any->second)
            if (!excludes(*entry, name)) note(choice, *entry);
    return choice;
}

}  // namespace cfgproxy::net
