# Writes OUTPUT, a source file that holds the texts of FILES (0001_name.sql|0002_…) in order.
string(REPLACE "|" ";" FILES "${FILES}")
set(entries "")
set(expected 0)
foreach(file ${FILES})
  get_filename_component(name ${file} NAME_WE)
  string(REGEX MATCH "^[0-9][0-9][0-9][0-9]" number ${name})
  math(EXPR expected "${expected} + 1")
  string(REGEX REPLACE "^0+" "" version "${number}")
  if(NOT version EQUAL expected)
    message(FATAL_ERROR "${name}: migration ${expected} was expected here")
  endif()
  file(READ ${file} sql)
  string(APPEND entries "    Migration{${version}, \"${name}\", R\"sql(${sql})sql\"},\n")
endforeach()
file(WRITE ${OUTPUT} "#include <array>

#include \"migrations.hpp\"

namespace custodialbridge::store {
namespace {

constexpr std::array kMigrations{
${entries}};

}  // namespace

std::span<const Migration> migrations() { return kMigrations; }

}  // namespace custodialbridge::store
")
