using System.Reflection;

namespace MemoryWall.Notebooks.DotNetInteractive;

/// <summary>
/// Access to the notebook kernel of the process, by reflection. There is no reference to its packages, so that this library works with any
/// version of the kernel, and without a kernel.
/// </summary>
internal static class InteractiveKernelBridge
{
    private static readonly Lazy<Type?> s_formatter = new(
        () => FindType("Microsoft.DotNet.Interactive.Formatting", "Microsoft.DotNet.Interactive.Formatting.Formatter"));
    private static readonly Lazy<Type?> s_context = new(
        () => FindType("Microsoft.DotNet.Interactive", "Microsoft.DotNet.Interactive.KernelInvocationContext"));

    /// <summary>Is cancelled when the user stops the running cell; never cancelled outside a cell.</summary>
    public static CancellationToken CellCancellation =>
        Current is { } context && context.GetType().GetProperty("CancellationToken")?.GetValue(context) is CancellationToken token
            ? token
            : default;

    /// <summary>Whether the kernel is the one that editors start, so that a page shows its outputs while cells run.</summary>
    public static bool HasEditor => Assembly.GetEntryAssembly()?.GetName().Name == "Microsoft.DotNet.Interactive.App";

    private static object? Current => s_context.Value?.GetProperty("Current", BindingFlags.Public | BindingFlags.Static)?.GetValue(null);

    /// <summary>Registers how the kernel shows values of a type, with all MIME types of an output.</summary>
    public static void Register(Type type, params (string MimeType, Func<object, string> Text)[] forms)
    {
        var register = s_formatter.Value?.GetMethod("Register", [typeof(Type), typeof(Action<object, TextWriter>), typeof(string)]);
        var prefer = s_formatter.Value?.GetMethod("SetPreferredMimeTypesFor", [typeof(Type), typeof(string[])]);
        if (register is null || prefer is null)
            return;
        foreach (var (mimeType, text) in forms)
            register.Invoke(null, [type, (Action<object, TextWriter>)((value, writer) => writer.Write(text(value))), mimeType]);
        prefer.Invoke(null, [type, forms.Select(form => form.MimeType).ToArray()]);
    }

    /// <summary>Shows a value as an output of the running cell. Returns null outside a cell.</summary>
    public static KernelDisplay? Display(object value, params string[] mimeTypes)
    {
        if (Current is not { } context)
            return null;
        var display = context.GetType().Assembly.GetType("Microsoft.DotNet.Interactive.KernelInvocationContextExtensions")?
            .GetMethods(BindingFlags.Public | BindingFlags.Static)
                .FirstOrDefault(method => method.Name == "Display" && method.GetParameters().Length == 3);
        return display?.Invoke(null, [context, value, mimeTypes]) is { } displayed ? new KernelDisplay(displayed) : null;
    }

    /// <summary>Ends the running cell as failed, with this message alone.</summary>
    public static void FailCell(string message)
    {
        if (Current is { } context && context.GetType().GetProperty("Command")?.GetValue(context) is { } command)
            context.GetType().GetMethod("Fail")?.Invoke(context, [command, null, message]);
    }

    private static Type? FindType(string assembly, string type) =>
        AppDomain.CurrentDomain.GetAssemblies().FirstOrDefault(loaded => loaded.GetName().Name == assembly)?.GetType(type);
}

/// <summary>An output that can be replaced.</summary>
internal sealed class KernelDisplay(object displayed)
{
    private readonly MethodInfo? _update = displayed.GetType().GetMethod("Update", [typeof(object)]);

    /// <summary>Replaces the shown value.</summary>
    public void Update(object value) => _update?.Invoke(displayed, [value]);
}
