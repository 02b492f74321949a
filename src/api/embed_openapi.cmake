# Writes OUTPUT, a source file that holds the text of FILE, which describes VERSION of the API.
file(READ ${FILE} text)
string(REPLACE "@CB_VERSION@" "${VERSION}" text "${text}")
file(WRITE ${OUTPUT} "#include \"openapi.hpp\"

namespace custodialbridge::api {

std::string_view openapi_text() {
    return R\"openapi(${text})openapi\";
}

}  // namespace custodialbridge::api
")
