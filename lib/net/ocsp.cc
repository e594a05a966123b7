#include "net/ocsp.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

#include "net/certificate.h"
#include "net/openssl_pointers.h"

namespace cfgproxy::net {
namespace {

using base::Error;

// A response is not used in its last minutes, nor taken from the future by more than these.
constexpr long kSkewSeconds = 300;

template <class Object, class Encode>
std::string der_of(Object* object, Encode encode) {
    const int size = encode(object, nullptr);
    if (size <= 0) return {};
    std::string bytes(static_cast<std::size_t>(size), '\0');
    auto* to = reinterpret_cast<unsigned char*>(bytes.data());
    encode(object, &to);
    return bytes;
}

OcspResponsePointer decode_response(const std::string& bytes) {
    const auto* from = reinterpret_cast<const unsigned char*>(bytes.data());
    return OcspResponsePointer(d2i_OCSP_RESPONSE(nullptr, &from, static_cast<long>(bytes.size())));
}

OcspIdPointer decode_id(const std::string& bytes) {
    const auto* from = reinterpret_cast<const unsigned char*>(bytes.data());
    return OcspIdPointer(d2i_OCSP_CERTID(nullptr, &from, static_cast<long>(bytes.size())));
}

struct ForgetErrors {
    ~ForgetErrors() { ERR_clear_error(); }
};

base::Result<OcspFacts> read_single(OCSP_BASICRESP* basic, const std::string& expected) {
    if (OCSP_resp_count(basic) > 1)
        return Error{"OCSP response ignored because contains multiple single responses (" +
                     std::to_string(OCSP_resp_count(basic)) + ")"};
    OCSP_SINGLERESP* single = OCSP_resp_get0(basic, 0);
    if (!single) return Error{"Failed to get OCSP single response"};
    ASN1_GENERALIZEDTIME *revoked = nullptr, *since = nullptr, *until = nullptr;
    int reason = 0;
    const int status = OCSP_single_get0_status(single, &reason, &revoked, &since, &until);
    if (status != V_OCSP_CERTSTATUS_GOOD && status != V_OCSP_CERTSTATUS_REVOKED)
        return Error{"OCSP single response: certificate status is unknown"};
    if (!until) return Error{"OCSP single response: missing nextupdate"};
    if (!OCSP_check_validity(since, until, kSkewSeconds, -1)) return Error{"OCSP single response: no longer valid."};
    OcspFacts facts;
    facts.id = der_of(const_cast<OCSP_CERTID*>(OCSP_SINGLERESP_get0_id(single)), i2d_OCSP_CERTID);
    if (!expected.empty()) {
        const OcspIdPointer ours = decode_id(expected);
        if (!ours || OCSP_id_cmp(ours.get(), OCSP_SINGLERESP_get0_id(single)) != 0)
            return Error{"OCSP single response: Certificate ID does not match certificate and issuer"};
    }
    std::tm time{};
    if (ASN1_TIME_to_tm(until, &time) == 0) return Error{"OCSP single response: Invalid \"Next Update\" time"};
    facts.expires = timegm(&time) - kSkewSeconds;
    if (facts.expires < std::time(nullptr))
        return Error{"OCSP single response: no longer valid. Must be valid during at least " +
                     std::to_string(kSkewSeconds) + "s."};
    return facts;
}

}  // namespace

OcspStaple::~OcspStaple() {
    X509_free(issuer);
    if (chain) sk_X509_pop_free(chain, X509_free);
}

std::shared_ptr<const std::string> OcspStaple::fresh(std::time_t now) const {
    const std::lock_guard lock(mutex_);
    return expires_ < now ? nullptr : response_;
}

std::shared_ptr<const std::string> OcspStaple::response() const {
    const std::lock_guard lock(mutex_);
    return response_;
}

std::time_t OcspStaple::expires() const {
    const std::lock_guard lock(mutex_);
    return expires_;
}

void OcspStaple::set(std::string response, std::time_t expires) {
    const std::lock_guard lock(mutex_);
    response_ = std::make_shared<const std::string>(std::move(response));
    expires_ = expires;
}

std::string ocsp_id_of(const Certificate& certificate) {
    X509* issuer = certificate.leaf() ? certificate.issuer() : nullptr;
    if (!issuer) return {};
    const OcspIdPointer id(OCSP_cert_to_id(nullptr, certificate.leaf(), issuer));
    return id ? der_of(id.get(), i2d_OCSP_CERTID) : std::string();
}

std::string ocsp_uri_of(const Certificate& certificate) {
    STACK_OF(OPENSSL_STRING)* all = certificate.leaf() ? X509_get1_ocsp(certificate.leaf()) : nullptr;
    const char* first = all ? sk_OPENSSL_STRING_value(all, 0) : nullptr;
    std::string uri = first ? first : "";
    X509_email_free(all);
    return uri;
}

base::Result<OcspFacts> read_ocsp_response(const std::string& response, const std::string& expected) {
    const ForgetErrors forget;
    const OcspResponsePointer parsed = decode_response(response);
    if (!parsed) return Error{"Unable to parse OCSP response"};
    if (OCSP_response_status(parsed.get()) != OCSP_RESPONSE_STATUS_SUCCESSFUL)
        return Error{"OCSP response status not successful"};
    const OcspBasicPointer basic(OCSP_response_get1_basic(parsed.get()));
    if (!basic) return Error{"Failed to get basic response from OCSP Response"};
    return read_single(basic.get(), expected);
}

base::Result<void> verify_ocsp_response(const std::string& response, const OcspStaple& staple) {
    const ForgetErrors forget;
    const OcspResponsePointer parsed = decode_response(response);
    if (!parsed) return Error{"d2i_OCSP_RESPONSE() failed"};
    const OcspBasicPointer basic(OCSP_response_get1_basic(parsed.get()));
    if (!basic) return Error{"OCSP response not successful"};
    // Whoever configured the chain trusts it; only the response is to be looked at.
    const StorePointer store(X509_STORE_new());
    for (int i = 0; staple.chain && i < sk_X509_num(staple.chain); ++i)
        X509_STORE_add_cert(store.get(), sk_X509_value(staple.chain, i));
    if (staple.issuer) X509_STORE_add_cert(store.get(), staple.issuer);
    if (OCSP_basic_verify(basic.get(), staple.chain, store.get(), OCSP_TRUSTOTHER) != 1)
        return Error{"OCSP_basic_verify() failed"};
    return {};
}

std::string ocsp_request_for(const std::string& id) {
    OcspIdPointer certificate = decode_id(id);
    OCSP_REQUEST* request = OCSP_REQUEST_new();
    std::string bytes;
    if (certificate && OCSP_request_add0_id(request, certificate.get())) {
        certificate.release();  // the request's now
        bytes = der_of(request, i2d_OCSP_REQUEST);
    }
    OCSP_REQUEST_free(request);
    return bytes;
}

std::string ocsp_response_text(const std::string& response) {
    const ForgetErrors forget;
    const OcspResponsePointer parsed = decode_response(response);
    if (!parsed) return "Unable to parse OCSP response";
    const BioPointer out(BIO_new(BIO_s_mem()));
    OCSP_RESPONSE_print(out.get(), parsed.get(), 0);
    std::string text;
    for (const char c : text_in(out.get())) {
        if (c == '\n' && text.ends_with('\n')) text += ' ';
        text += c;
    }
    return text;
}

std::string ocsp_id_text(const std::string& id) {
    const ForgetErrors forget;
    const OcspIdPointer parsed = decode_id(id);
    ASN1_OCTET_STRING *name = nullptr, *key = nullptr;
    ASN1_INTEGER* serial = nullptr;
    if (!parsed || !OCSP_id_get0_info(&name, nullptr, &key, &serial, parsed.get())) return {};
    const BioPointer out(BIO_new(BIO_s_mem()));
    BIO_puts(out.get(), " Certificate ID:\n   Issuer Name Hash: ");
    i2a_ASN1_STRING(out.get(), name, 0);
    BIO_puts(out.get(), "\n   Issuer Key Hash: ");
    i2a_ASN1_STRING(out.get(), key, 0);
    BIO_puts(out.get(), "\n   Serial Number: ");
    i2a_ASN1_INTEGER(out.get(), serial);
    return text_in(out.get());
}

OcspStaples& OcspStaples::of_process() {
    static OcspStaples all;
    return all;
}

std::shared_ptr<OcspStaple> OcspStaples::find(const std::string& id) const {
    const std::lock_guard lock(mutex_);
    const auto known = staples_.find(id);
    return known == staples_.end() ? nullptr : known->second.lock();
}

std::shared_ptr<OcspStaple> OcspStaples::find_or_make(const std::string& id, const std::string& path) {
    const std::lock_guard lock(mutex_);
    std::weak_ptr<OcspStaple>& slot = staples_[id];
    auto staple = slot.lock();
    if (!staple) slot = staple = std::make_shared<OcspStaple>(id, path);
    return staple;
}

std::vector<std::shared_ptr<OcspStaple>> OcspStaples::all() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<OcspStaple>> found;
    for (auto it = staples_.begin(); it != staples_.end();) {
        if (auto staple = it->second.lock()) {
            found.push_back(std::move(staple));
            ++it;
        } else {
            it = staples_.erase(it);
        }
    }
    return found;
}

}  // namespace cfgproxy::net
