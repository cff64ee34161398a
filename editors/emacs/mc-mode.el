;;; mc-mode.el --- Contracts in mc  -*- lexical-binding: t; -*-

;; Written by `cargo derive' from the token table of the compiler.

;; Version: 0.1.0
;; Keywords: languages
;; Package-Requires: ((emacs "26.1"))
;; SPDX-License-Identifier: Apache-2.0

;;; Commentary:

;; A mode for `.mc' files.  The language server is `mcc lsp': `M-x eglot'.

;;; Code:

(defgroup mc nil
  "Contracts in mc."
  :group 'languages)

(defcustom mc-program "mcc"
  "The `mcc' command."
  :type 'string)

(defcustom mc-indent 4
  "How many blanks a level is."
  :type 'integer
  :safe #'integerp)

(defconst mc-mode-keywords
  '(
    "import" "contract" "interface" "implements" "compose" "app" "fn" "struct" "enum" "const"
    "error" "event" "test" "state" "immutable" "asset" "role" "init" "entry" "view" "invariant"
    "migrate" "by" "via" "ensures" "uses" "spends" "where" "let" "mut" "require" "assert" "abort"
    "emit" "burn" "grant" "advance" "with" "return" "break" "continue" "if" "else" "for" "in"
    "match" "step" "par" "try" "catch" "expect" "as" "forall" "exists" "mint" "deploy" "some"
    ))

(defconst mc-mode-constants
  '(
    "true" "false" "none" "caller" "self" "now"
    ))

(defconst mc-mode-types
  '(
    "bool" "u8" "u16" "u32" "u64" "u128" "u256" "i64" "i128" "address" "id" "hash" "time" "duration"
    "string" "bytes" "list" "map" "set" "coin"
    ))

(defconst mc-mode-font-lock
  `(("@[ \t]*\\([A-Za-z_][A-Za-z0-9_]*\\)" . font-lock-preprocessor-face)
    ;; Behind a dot stands a name, whatever it is spelled like.
    ("[^.]\\.\\([A-Za-z_][A-Za-z0-9_]*\\)" 1 'default t)
    (,(concat (regexp-opt '("contract" "interface" "struct" "enum" "app" "asset" "error" "event" "role") 'symbols)
              "[ \t]+\\([A-Za-z_][A-Za-z0-9_]*\\)")
     2 font-lock-type-face)
    (,(concat (regexp-opt '("fn" "entry" "view" "compose" "invariant") 'symbols)
              "[ \t]+\\([A-Za-z_][A-Za-z0-9_]*\\)")
     2 font-lock-function-name-face)
    (,(regexp-opt mc-mode-keywords 'symbols) . font-lock-keyword-face)
    ;; Soft keywords are names everywhere else.
    ("\\_<\\(from\\)\\_>[ \t]*[\"0-9]" 1 font-lock-keyword-face)
    ("\\_<\\(version\\)\\_>[ \t]+[0-9]" 1 font-lock-keyword-face)
    ("\\_<\\(unique\\)\\_>[ \t]*{" 1 font-lock-keyword-face)
    ("\\_<\\(indexed\\)\\_>[ \t]*[,)]" 1 font-lock-keyword-face)
    ("\\_<grant\\_>[^;\n]*[ \t)]\\(to\\)\\_>[ \t]+[^;,)]" 1 font-lock-keyword-face)
    ("\\_<for\\_>[^;\n]*[ \t)]\\(max\\)\\_>[ \t]+[^;,)]" 1 font-lock-keyword-face)
    ("\\_<[0-9][0-9_]*[ \t]+\\(seconds\\|minutes\\|hours\\|days\\)\\_>" 1 font-lock-keyword-face)
    (,(regexp-opt mc-mode-constants 'symbols) . font-lock-constant-face)
    (,(regexp-opt mc-mode-types 'symbols) . font-lock-type-face)
    ("\\_<[A-Z][A-Za-z0-9_]*\\_>" . font-lock-type-face)
    ("\\_<\\([a-z_][A-Za-z0-9_]*\\)[ \t]*(" 1 font-lock-function-name-face)))

(defvar mc-mode-syntax-table
  (let ((table (make-syntax-table)))
    (modify-syntax-entry ?_ "_" table)
    (modify-syntax-entry ?\" "\"" table)
    (modify-syntax-entry ?\\ "\\" table)
    (modify-syntax-entry ?/ ". 124b" table)
    (modify-syntax-entry ?* ". 23" table)
    (modify-syntax-entry ?\n "> b" table)
    (dolist (sign '(?+ ?- ?% ?= ?< ?> ?& ?| ?^ ?! ??))
      (modify-syntax-entry sign "." table))
    table))

(defun mc-indent-line ()
  "Indent a line by the brackets that are open where it begins."
  (interactive)
  (let* ((depth (save-excursion (car (syntax-ppss (line-beginning-position)))))
         (closes (save-excursion (back-to-indentation) (looking-at "[]})]")))
         (column (* mc-indent (max 0 (if closes (1- depth) depth)))))
    (if (<= (current-column) (current-indentation))
        (indent-line-to column)
      (save-excursion (indent-line-to column)))))

(defun mc-format-buffer ()
  "Write the buffer in the one style of the language."
  (interactive)
  (let ((formatted (generate-new-buffer " *mcc fmt*")))
    (unwind-protect
        (if (zerop (call-process-region nil nil mc-program nil (list formatted nil) nil "fmt" "--stdin"))
            (replace-buffer-contents formatted)
          (user-error "There are mistakes; `mcc check' shows them"))
      (kill-buffer formatted))))

;;;###autoload
(define-derived-mode mc-mode prog-mode "mc"
  "A mode for contracts in mc."
  (setq-local font-lock-defaults '(mc-mode-font-lock))
  (setq-local comment-start "// ")
  (setq-local comment-end "")
  (setq-local comment-start-skip "//+[ \t]*")
  (setq-local indent-line-function #'mc-indent-line)
  (setq-local indent-tabs-mode nil)
  (setq-local electric-indent-chars (append "{}()[]" electric-indent-chars))
  (setq-local compile-command (concat mc-program " check --format short")))

;;;###autoload
(add-to-list 'auto-mode-alist '("\\.mc\\'" . mc-mode))

(defvar eglot-server-programs)
(with-eval-after-load 'eglot
  (add-to-list 'eglot-server-programs
               (cons 'mc-mode (lambda (&rest _) (list mc-program "lsp")))))

(provide 'mc-mode)
;;; mc-mode.el ends here
