#include "BanterSettings.h"

FName UBanterSettings::GetCategoryName() const
{
	return FName(TEXT("Plugins"));
}
