(function (block) @function.inside) @function.around
(compose (block) @function.inside) @function.around
(test (block) @test.inside) @test.around
(contract) @class.around
(interface) @class.around
(struct) @class.around
(enum) @class.around
(params (param) @parameter.inside)
(args (arg) @parameter.inside)
[ (line_comment) (block_comment) (doc_comment) ] @comment.inside
