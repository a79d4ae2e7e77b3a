using System.Globalization;

namespace MemoryWall.Tests;

/// <summary>
/// A culture with a decimal comma, a point between thousands and another minus sign, as German has them. It is constructed here because
/// the tests run in invariant mode.
/// </summary>
internal static class CommaCulture
{
    public static T Run<T>(Func<T> work)
    {
        var before = CultureInfo.CurrentCulture;
        var comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        comma.NumberFormat.NumberDecimalSeparator = ",";
        comma.NumberFormat.NumberGroupSeparator = ".";
        comma.NumberFormat.PercentDecimalSeparator = ",";
        comma.NumberFormat.NegativeSign = "−";
        CultureInfo.CurrentCulture = comma;
        try
        {
            return work();
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
