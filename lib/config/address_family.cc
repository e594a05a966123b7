#include "config/address_family.h"

namespace cfgproxy::config {
namespace {

struct Family {
    std::string_view name, alike;
};
constexpr Family kFamilies[] = {
    {"mptcp4@", "ipv4@"}, {"mptcp6@", "ipv6@"}, {"mptcp@", "ip@"}, {"quic4@", "ipv4@"}, {"quic6@", "ipv6@"},
};

const Family* family_of(std::string_view address) {
    if (address.find('@') == address.npos) return nullptr;
    for (const Family& family : kFamilies)
        if (address.starts_with(family.name)) return &family;
    return nullptr;
}

}  // namespace

std::string_view pending_family(std::string_view address) {
    const Family* family = family_of(address);
    return family ? family->name : std::string_view{};
}

std::string in_known_family(std::string_view address) {
    const Family* family = family_of(address);
    if (!family) return std::string(address);
    return std::string(family->alike) + std::string(address.substr(family->name.size()));
}

}  // namespace cfgproxy::config
