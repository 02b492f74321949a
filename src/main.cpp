#include "custodialbridge/app/run_command.hpp"

int main(int argc, char** argv) { return custodialbridge::app::run_command(argc, argv); }
