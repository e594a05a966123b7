#include "sample/auth.h"

#include <catch2/catch.hpp>

using cfgproxy::sample::check_password;

TEST_CASE("passwords in clear and as crypt(3) makes them") {
    CHECK(check_password({"joe", "secret", true}, "secret"));
    CHECK(!check_password({"joe", "secret", true}, "Secret"));
    CHECK(!check_password({"joe", "secret", true}, "secret2"));
    CHECK(check_password({"joe", "", true}, ""));
    const char* sha512 =
        "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1";
    for (int round = 0; round < 3; ++round) {  // the second time it is remembered
        CHECK(check_password({"joe", sha512, false}, "Hello world!"));
        CHECK(!check_password({"joe", sha512, false}, "hello world!"));
    }
    CHECK(!check_password({"joe", "secret", false}, "secret"));
    CHECK(!check_password({"joe", "", false}, ""));
    CHECK(!check_password({"joe", "*", false}, "*"));
}
