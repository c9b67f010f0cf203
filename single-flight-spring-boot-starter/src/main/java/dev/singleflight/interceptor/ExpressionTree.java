package dev.singleflight.interceptor;

import java.util.ArrayList;
import java.util.List;
import org.springframework.expression.spel.SpelNode;
import org.springframework.expression.spel.ast.Assign;
import org.springframework.expression.spel.ast.BeanReference;
import org.springframework.expression.spel.ast.CompoundExpression;
import org.springframework.expression.spel.ast.ConstructorReference;
import org.springframework.expression.spel.ast.FunctionReference;
import org.springframework.expression.spel.ast.Indexer;
import org.springframework.expression.spel.ast.InlineMap;
import org.springframework.expression.spel.ast.MethodReference;
import org.springframework.expression.spel.ast.OpDec;
import org.springframework.expression.spel.ast.OpDivide;
import org.springframework.expression.spel.ast.OpInc;
import org.springframework.expression.spel.ast.OpMinus;
import org.springframework.expression.spel.ast.OpModulus;
import org.springframework.expression.spel.ast.OpMultiply;
import org.springframework.expression.spel.ast.OpPlus;
import org.springframework.expression.spel.ast.OperatorPower;
import org.springframework.expression.spel.ast.Projection;
import org.springframework.expression.spel.ast.PropertyOrFieldReference;
import org.springframework.expression.spel.ast.Selection;
import org.springframework.expression.spel.ast.StringLiteral;
import org.springframework.expression.spel.ast.VariableReference;
import org.springframework.expression.spel.standard.SpelExpression;

/**
 * What an expression is made of, checked over the whole tree. SpEL itself gives null for a variable that does not exist:
 * {@code #tenantt + ':' + #id} would mix up callers.
 */
final class ExpressionTree {

    private final String text;

    private final String what;

    private final Declaration declaration;

    private final ParameterNames parameters;

    private final List<Parameter> used = new ArrayList<>();

    private final boolean isParameter;

    private boolean needsContext;

    private boolean needsInterpreter;

    ExpressionTree(
            SpelExpression expression, String text, String what, Declaration declaration, ParameterNames parameters) {
        this.text = text;
        this.what = what;
        this.declaration = declaration;
        this.parameters = parameters;
        SpelNode root = expression.getAST();
        visit(root, true, false);
        this.isParameter = root instanceof VariableReference && used.size() == 1;
    }

    /** Whether each call needs a context of its own. */
    boolean needsContext() {
        return needsContext;
    }

    /** Whether it is one parameter and nothing else. */
    boolean isParameter() {
        return isParameter;
    }

    /**
     * Whether it must not be compiled. What SpEL compiles for the types that it has met silently cuts off a long where it
     * met an int, and calls the overload that it met: two callers' keys would become one.
     */
    boolean needsInterpreter() {
        return needsInterpreter;
    }

    /** The index of the first parameter it uses. */
    int firstParameter() {
        return used.get(0).index();
    }

    /** The expression with the argument array as its root: {@code #user.id} becomes {@code [0].id}. */
    String onArguments() {
        StringBuilder rewritten = new StringBuilder();
        int copied = 0;
        for (Parameter parameter : used) {
            rewritten
                    .append(text, copied, parameter.start())
                    .append('[')
                    .append(parameter.index())
                    .append(']');
            copied = parameter.end();
        }
        return rewritten.append(text, copied, text.length()).toString();
    }

    /**
     * Checks a node and all below it.
     *
     * @param root whether a bare name at this place would be looked up on the root object
     * @param element whether this place is within a selection or projection, where bare names are those of the elements
     */
    private void visit(SpelNode node, boolean root, boolean element) {
        if (node instanceof VariableReference variable) {
            visit(variable);
        } else if (node instanceof Assign || node instanceof OpInc || node instanceof OpDec) {
            throw invalid("changes something.", "An expression only reads: write == to compare.");
        } else if (node instanceof FunctionReference) {
            throw invalid(
                    "calls a function, and there are none.", "Call T(Type).method(...) or @bean.method(...) instead.");
        } else if (root && !element && node instanceof PropertyOrFieldReference bare) {
            throw invalid(
                    "uses '" + bare.getName() + "' without '#'.",
                    "Did you mean #" + bare.getName() + "? Its parameters: " + parameters.examples() + ".");
        } else if (root && !element && node instanceof MethodReference bare) {
            throw invalid(
                    "calls " + bare.getName() + "(...) on nothing.",
                    "Call it on a parameter, on #root.target, @bean or T(Type). Its parameters: "
                            + parameters.examples() + ".");
        }
        if (node instanceof ConstructorReference && isEmptyArray(node)) {
            throw invalid("makes an array of nothing.", "List what is in it: {#id, #name}.");
        }
        boolean elementwise = node instanceof Selection || node instanceof Projection;
        needsContext |= elementwise || node instanceof BeanReference;
        needsInterpreter |= isCalculation(node) || (node instanceof MethodReference && node.getChildCount() > 0);
        for (int child = 0; child < node.getChildCount(); child++) {
            visit(node.getChild(child), startsFromRoot(node, child), element || elementwise);
        }
    }

    /** {@code new int[#id]}: SpEL keeps the size apart from the tree, so nobody could check it. */
    private static boolean isEmptyArray(SpelNode constructor) {
        String type = "new " + constructor.getChild(0).toStringAST();
        String text = constructor.toStringAST();
        return text.startsWith("[", type.length()) && !text.startsWith("[]", type.length());
    }

    private static boolean isCalculation(SpelNode node) {
        return node instanceof OpPlus
                ? !isText(node)
                : node instanceof OpMinus
                        || node instanceof OpMultiply
                        || node instanceof OpDivide
                        || node instanceof OpModulus
                        || node instanceof OperatorPower;
    }

    /** Whether a sum joins texts, whatever the parameters are: one of its parts is a literal text. */
    private static boolean isText(SpelNode node) {
        return node instanceof StringLiteral
                || (node instanceof OpPlus
                        && node.getChildCount() == 2
                        && (isText(node.getChild(0)) || isText(node.getChild(1))));
    }

    private static boolean startsFromRoot(SpelNode parent, int child) {
        boolean ofThePartBefore = parent instanceof CompoundExpression && child > 0;
        boolean literal = parent instanceof Indexer || (parent instanceof InlineMap && child % 2 == 0);
        return !ofThePartBefore && !literal;
    }

    private void visit(VariableReference variable) {
        String name = variable.toStringAST().substring(1);
        int index = parameters.index(name);
        if (parameters.isAmbiguous(name)) {
            throw invalid(
                    "uses #" + name + ", which is a parameter and " + ParameterNames.reserved(name) + ".",
                    "Write #a" + index + " for the parameter, or rename that.");
        }
        if (index != ParameterNames.NONE) {
            used.add(new Parameter(index, variable.getStartPosition(), variable.getEndPosition()));
        } else if (name.equals(ParameterNames.ROOT)
                || name.equals("this")
                || (parameters.result() && name.equals(ParameterNames.RESULT))) {
            needsContext = true;
        } else if (name.equals(ParameterNames.RESULT)) {
            throw invalid(
                    "uses #result, which is not known before the call.",
                    "Use what the call is made with. Its parameters: " + parameters.examples() + ".");
        } else if (parameters.areUnknown()) {
            throw invalid(
                    "uses #" + name + ", but the class was compiled without parameter names.",
                    "Compile with -parameters (Kotlin: -java-parameters), or write " + parameters.examples() + ".");
        } else {
            throw invalid(
                    "uses #" + name + ", which is no parameter.",
                    "Write one of its parameters: " + parameters.examples() + ".");
        }
    }

    private InvalidSingleFlightException invalid(String reason, String action) {
        return declaration.invalid(what + " \"" + text + "\" " + reason, action);
    }

    /** A place in the text that stands for an argument. */
    private record Parameter(int index, int start, int end) {}
}
